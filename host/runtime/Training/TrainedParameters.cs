using Tenon.Host.Training.Optimizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>The parameters that an optimization trains, with their names and learning-rate multipliers.</summary>
internal sealed class TrainedParameters
{
    private readonly List<Parameter> _untrained = [];

    /// <summary>Finds the parameters of a setup.</summary>
    /// <param name="model">The run's model.</param>
    /// <param name="setup">The strategy's setup.</param>
    /// <param name="divisions">How several processes divide parameters of the model, by name; null if none do.</param>
    /// <exception cref="InvalidOperationException">Nothing requires a gradient, or a named parameter does not.</exception>
    public TrainedParameters(
        nn.Module model, OptimizationSetup setup, IReadOnlyDictionary<string, TensorDivision>? divisions = null)
    {
        var own = model.named_parameters().Select(p => new NamedParameter(p.name, p.parameter)).ToList();
        var added = setup.Adapter?.Module.named_parameters().Select(p => new NamedParameter(p.name, p.parameter)).ToList() ?? [];
        var auxiliary = setup.AuxiliaryModule?.named_parameters().Select(p => new NamedParameter($"auxiliary.{p.name}", p.parameter))
            .Where(p => p.Value.requires_grad).ToList() ?? [];
        IEnumerable<NamedParameter> main = setup.Parameters is { } chosen
            ? chosen.Select(p => new NamedParameter(p.Key, p.Value))
            : own.Concat(added).Where(p => p.Value.requires_grad);
        All = main.Concat(auxiliary).ToList();
        if (All.Count == 0)
            throw new InvalidOperationException("Nothing to train: no parameter of the model, the adapter or the auxiliary module " +
                "requires a gradient. Set requires_grad on those to train, or name them in OptimizationSetup.Parameters.");
        if (All.FirstOrDefault(p => !p.Value.requires_grad) is { } frozen)
            throw new InvalidOperationException($"The parameter '{frozen.Name}' is in OptimizationSetup.Parameters, but does not " +
                "require a gradient. Set its requires_grad, or remove it.");

        double Scale(NamedParameter parameter) => setup.LearningRateScale?.Invoke(parameter.Name) ?? 1;
        Groups = All.GroupBy(Scale).Select(group => new ParameterGroup([.. group], group.Key)).ToList();

        var trained = new HashSet<IntPtr>(All.Select(p => p.Value.Handle));
        _untrained.AddRange(own.Concat(added).Where(p => p.Value.requires_grad && !trained.Contains(p.Value.Handle)).Select(p => p.Value));
        OfModel = own.Where(p => trained.Contains(p.Value.Handle)).ToList();
        Dictionary<IntPtr, TensorDivision> divided = own.Where(p => divisions?.ContainsKey(p.Name) == true)
            .ToDictionary(p => p.Value.Handle, p => divisions![p.Name]);
        Divisions = All.Where(p => divided.ContainsKey(p.Value.Handle))
            .ToDictionary(p => p.Name, p => divided[p.Value.Handle], StringComparer.Ordinal);
        var inside = new HashSet<IntPtr>(own.Concat(added).Select(p => p.Value.Handle));
        Outside = All.Where(p => !inside.Contains(p.Value.Handle)).ToList();
        // With an adapter, the model and its buffers are frozen.
        Buffers = setup.Adapter is null ? model.named_buffers().ToDictionary(b => b.name, b => b.buffer, StringComparer.Ordinal) : [];
    }

    private TrainedParameters(TrainedParameters all, Func<NamedParameter, bool> isIncluded)
    {
        All = [.. all.All.Where(isIncluded)];
        Groups = [.. all.Groups.Select(group => group with { Parameters = [.. group.Parameters.Where(isIncluded)] })
            .Where(group => group.Parameters.Count > 0)];
        (OfModel, Outside, Buffers) = ([.. all.OfModel.Where(isIncluded)], [.. all.Outside.Where(isIncluded)], all.Buffers);
        Divisions = All.Where(parameter => all.Divisions.ContainsKey(parameter.Name))
            .ToDictionary(parameter => parameter.Name, parameter => all.Divisions[parameter.Name], StringComparer.Ordinal);
        _untrained.AddRange(all._untrained);
    }

    /// <summary>Returns some of the parameters, in the same order.</summary>
    /// <param name="isIncluded">Whether a parameter is included.</param>
    public TrainedParameters Where(Func<NamedParameter, bool> isIncluded) => new(this, isIncluded);

    /// <summary>All trained parameters, in a fixed order.</summary>
    public IReadOnlyList<NamedParameter> All { get; }

    /// <summary>All trained parameters, grouped by learning-rate multiplier.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The trained parameters of the model, by the model's names.</summary>
    public IReadOnlyList<NamedParameter> OfModel { get; }

    /// <summary>The trained parameters outside model and adapter: those of the auxiliary module.</summary>
    public IReadOnlyList<NamedParameter> Outside { get; }

    /// <summary>How several processes divide the trained parameters, by their names in <see cref="All"/>; the others are whole.</summary>
    public IReadOnlyDictionary<string, TensorDivision> Divisions { get; }

    /// <summary>
    /// The model's buffers, such as the running statistics of batch norms, which are averaged like the parameters.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Buffers { get; }

    /// <summary>Drops gradients of parameters that are not trained, which would otherwise accumulate over the run.</summary>
    public void DropUntrainedGradients()
    {
        foreach (Parameter parameter in _untrained)
            parameter.grad = null;
    }
}
