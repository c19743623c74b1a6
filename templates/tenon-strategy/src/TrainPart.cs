using System.ComponentModel.DataAnnotations;
using Tenon;
using TorchSharp.Modules;

[assembly: Plugin("template._1", "My training strategy")]

namespace Template._1;

/// <summary>Options of the strategy, set in the <c>strategy</c> section of a recipe.</summary>
public sealed record PartOptions
{
    /// <summary>Trains only parameters whose names contain one of these texts; an empty list trains all.</summary>
    public IReadOnlyList<string> Train { get; init; } = [];

    /// <summary>Learning-rate multiplier of vectors: biases and norms.</summary>
    [Range(0.0, 100.0)]
    public double VectorRate { get; init; } = 1;
}

/// <summary>Trains a part of any model on the model's own objective.</summary>
[Strategy("template-1", "Trains the parameters with given names", Stability = Stability.Experimental)]
public sealed class TrainPart : IStrategy<PartOptions, IModel>
{
    /// <inheritdoc/>
    public void Run(PartOptions options, IRun<IModel> run, CancellationToken stop)
    {
        Dictionary<string, Parameter> chosen = run.Model.Module.named_parameters()
            .Where(p => options.Train.Count == 0 || options.Train.Any(p.name.Contains))
            .ToDictionary(p => p.name, p => p.parameter);
        if (chosen.Count == 0)
            throw new ModelException(
                $"'train' does not match any parameter: no name contains {string.Join(" or ", options.Train)}. 'tenon plan' shows " +
                "the model.");
        var setup = new OptimizationSetup
        {
            Parameters = chosen,
            LearningRateScale = name => chosen[name].ndim < 2 ? options.VectorRate : 1,
        };
        using IOptimization optimization = run.Optimize(setup);
        while (optimization.Next())
            optimization.Step(run.Model.Loss);
    }
}
