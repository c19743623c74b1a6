using System.Globalization;

namespace Tenon.Layers;

/// <summary>
/// Collects the outputs that are requested from <see cref="IModel.Outputs"/>. It opens a dispose scope; <see cref="Take"/> moves the
/// outputs to the caller's.
/// <code>
/// using var outputs = new NamedOutputs(inputs, requested);
/// List&lt;Tensor&gt; states = [];
/// Tensor hidden = _encoder.Forward(outputs.Input("input_ids"), states);
/// outputs.Add("last_hidden_state", () => hidden);
/// outputs.AddEach("hidden_states", states);
/// return outputs.Take();
/// </code>
/// </summary>
/// <param name="inputs">Tensors with the reference's names. Not disposed.</param>
/// <param name="requested">The names of the requested outputs.</param>
public sealed class NamedOutputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) : IDisposable
{
    private readonly IReadOnlyDictionary<string, Tensor> _inputs = inputs ?? throw new ArgumentNullException(nameof(inputs));
    private readonly IReadOnlySet<string> _requested = requested ?? throw new ArgumentNullException(nameof(requested));
    private readonly Dictionary<string, Tensor> _outputs = new(StringComparer.Ordinal);
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    /// <summary>A required input.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ModelException">The inputs do not contain it.</exception>
    public Tensor Input(string name) => Find(name)
        ?? throw new ModelException(
            $"The inputs have no '{name}'. They have: {string.Join(", ", _inputs.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>An optional input; null if there is none of that name.</summary>
    /// <param name="name">Its name.</param>
    public Tensor? Find(string name) => _inputs.GetValueOrDefault(name);

    /// <summary>Whether an output is requested.</summary>
    /// <param name="name">Its name.</param>
    public bool IsRequested(string name) => _requested.Contains(name);

    /// <summary>Adds an output if it is requested.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="output">Computes it, in this object's dispose scope; called only if it is requested.</param>
    public void Add(string name, Func<Tensor> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (IsRequested(name))
            _outputs[name] = output();
    }

    /// <summary>Adds the requested outputs out of several: <c>hidden_states.0</c>, <c>hidden_states.1</c>, ….</summary>
    /// <param name="name">The name before the number.</param>
    /// <param name="outputs">The outputs in the order of their numbers.</param>
    public void AddEach(string name, IEnumerable<Tensor> outputs)
    {
        foreach ((int index, Tensor output) in outputs.Index())
            Add($"{name}.{index.ToString(CultureInfo.InvariantCulture)}", () => output);
    }

    /// <summary>Returns the outputs, moved to the dispose scope outside this object's.</summary>
    public IReadOnlyDictionary<string, Tensor> Take()
    {
        foreach (Tensor output in _outputs.Values.Distinct())
            output.MoveToOuterDisposeScope();
        return _outputs;
    }

    /// <summary>Disposes the tensors that were computed and not taken.</summary>
    public void Dispose() => _scope.Dispose();
}
