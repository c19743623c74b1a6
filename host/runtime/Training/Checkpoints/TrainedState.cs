using Tenon.Host.Artifacts;
using Tenon.Host.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>The tensors of a checkpoint, saved and loaded: everything that training changes.</summary>
internal static class TrainedState
{
    private static readonly Dictionary<string, IReadOnlyDictionary<string, Tensor>> None = [];

    /// <summary>The live tensors by file and name. They stay their owners'.</summary>
    /// <param name="weights">What <see cref="Weights"/> gave.</param>
    /// <param name="step">Optimizer and averages.</param>
    /// <param name="best">The model of the best validation; null: none is kept.</param>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Files(
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> weights, TrainingStep step, KeptModel? best) =>
        new Dictionary<string, IReadOnlyDictionary<string, Tensor>>([.. weights, .. best?.Files ?? None])
        {
            ["optimizer.safetensors"] = step.Optimizer.State,
            ["ema.safetensors"] = step.Ema?.Averages ?? new Dictionary<string, Tensor>(),
        };

    /// <summary>What the model computes with, as far as training changes it: live tensors by file and name.</summary>
    /// <param name="model">The run's model.</param>
    /// <param name="setup">What the strategy asked for.</param>
    /// <param name="trained">What is trained.</param>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Weights(nn.Module model, OptimizationSetup setup, TrainedParameters trained) =>
        new Dictionary<string, IReadOnlyDictionary<string, Tensor>>
        {
            // Beside an adapter the model is frozen but for what is named; the rest stands where the run started from.
            ["model.safetensors"] = setup.Adapter is null ? SharedTensors.Once(model) : ByName(trained.OfModel),
            ["adapter.safetensors"] = setup.Adapter is null ? new Dictionary<string, Tensor>() : SharedTensors.Once(setup.Adapter.Module),
            ["parameters.safetensors"] = ByName(trained.Outside),
        };

    /// <summary>Versions of the parts that decide about numbers.</summary>
    public static SortedDictionary<string, string> Versions() => new(StringComparer.Ordinal)
    {
        ["tenon"] = typeof(TrainedState).Assembly.GetName().Version!.ToString(3),
        ["torchsharp"] = typeof(torch).Assembly.GetName().Version!.ToString(3),
        ["dotnet"] = Environment.Version.ToString(),
    };

    private static Dictionary<string, Tensor> ByName(IReadOnlyList<NamedParameter> parameters) =>
        parameters.ToDictionary(p => p.Name, p => (Tensor)p.Value, StringComparer.Ordinal);
}
