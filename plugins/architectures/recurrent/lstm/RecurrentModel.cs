using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// A recurrent language model: token embeddings, LSTM or GRU layers, and a head (Mikolov et al. 2010; Zaremba et al. 2014). Generation
/// keeps the state of each row, whose size does not depend on the length of the text.
/// </summary>
public sealed class RecurrentModel : StatefulLanguageModel
{
    private readonly RecurrentSizes _sizes;
    private readonly RecurrentLayers _layers;
    private readonly double _dropout;

    private RecurrentModel(RecurrentModelOptions options, RecurrentSizes sizes, BuildContext context)
        : base(
            nameof(RecurrentModel), RecurrentConfiguration.Language(options), (sizes.EmbeddingSize, sizes.OutputSize),
            ResolvedOptions.Value(options.TieEmbeddings), options.InitializerRange, context)
    {
        (_sizes, _dropout) = (sizes, options.Dropout);
        _layers = new RecurrentLayers(sizes, options.Dropout, context);
        register_module(sizes.Name, _layers.Module);
    }

    internal RecurrentModel(RecurrentModelOptions options, RecurrentCell cell, BuildContext context)
        : this(options, RecurrentSizes.Of(options, cell), context)
    {
    }

    /// <inheritdoc/>
    public override void train(bool train = true)
    {
        base.train(train);
        _layers.FollowMode();
    }

    /// <inheritdoc/>
    protected override (double ForwardFlop, double KeptBytes) NetworkCost => (_sizes.ForwardFlop, _sizes.KeptBytes);

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> NewState(long rows) => _layers.NewState(rows, TokenEmbeddings.device);

    /// <inheritdoc/>
    protected override StatePass Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = Dropout.Apply(Embed(inputIds), _dropout, training); // [B, T] -> [B, T, E]
        StatePass pass = _layers.Read(x, state, lengths); // [B, T, E] -> [B, T, H]
        return (pass with { Output = Dropout.Apply(pass.Output, _dropout, training) }).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>hidden</c>, the top layer's output, and the states after the last token, <c>h_n</c> and <c>c_n</c> [L, B, H]; with the states
    /// <c>h0</c> and <c>c0</c> before the first token also <c>logits_state</c>, <c>h_n_state</c> and <c>c_n_state</c>. A GRU has no
    /// cell, so neither <c>c_n</c> nor <c>c0</c>.
    /// </summary>
    /// <inheritdoc/>
    protected override void AddOutputs(NamedOutputs outputs, Tensor inputIds, StatePass pass)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(pass);
        outputs.Add("hidden", () => pass.Output);
        AddStates(pass, "");
        Tensor?[] given = [.. Names.Select(name => outputs.Find($"{name}0"))];
        if (given.Any(tensor => tensor is null))
            return;
        StatePass continued = Read(inputIds, [.. given.Select(tensor => tensor!.transpose(0, 1))], lengths: null);
        outputs.Add("logits_state", () => Head(Project(continued.Output)));
        AddStates(continued, "_state");

        void AddStates(StatePass of, string suffix)
        {
            foreach ((string name, Tensor tensor) in Names.Zip(of.State))
                outputs.Add($"{name}_n{suffix}", () => tensor.transpose(0, 1)); // [B, L, H] -> [L, B, H]
        }
    }

    private string[] Names => _sizes.Cell == RecurrentCell.Lstm ? ["h", "c"] : ["h"];
}
