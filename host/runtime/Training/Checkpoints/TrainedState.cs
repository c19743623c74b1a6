using Tenon.Host.Artifacts;
using Tenon.Host.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>The tensors that checkpoints save and load: everything that training changes.</summary>
internal static class TrainedState
{
    private const string AdapterFile = "adapter.safetensors";
    private const string ParametersFile = "parameters.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";

    private static readonly Dictionary<string, IReadOnlyDictionary<string, Tensor>> None = [];
    private static readonly string[] _weights = [CheckpointFolders.WeightsFile, AdapterFile, ParametersFile];

    /// <summary>The names of all files that tensors may be written to; a checkpoint has only those that it needs.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        [.. _weights, .. _weights.Select(name => CheckpointFolders.BestPrefix + name), OptimizerFile, CheckpointFolders.AveragesFile];

    /// <summary>Returns the live tensors by file and name, not owned by the caller.</summary>
    /// <param name="weights">The result of <see cref="Weights"/>.</param>
    /// <param name="optimizer">The optimizer's state.</param>
    /// <param name="step">The averages.</param>
    /// <param name="best">The best model; null if none is kept.</param>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Files(
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> weights, IReadOnlyDictionary<string, Tensor> optimizer,
        TrainingStep step, KeptModel? best) =>
        new Dictionary<string, IReadOnlyDictionary<string, Tensor>>([.. weights, .. best?.Files ?? None])
        {
            [OptimizerFile] = optimizer,
            [CheckpointFolders.AveragesFile] = step.Ema?.Averages ?? new Dictionary<string, Tensor>(),
        };

    /// <summary>Returns the weights that training changes: live tensors by file and name.</summary>
    /// <param name="model">The run's model.</param>
    /// <param name="setup">The strategy's setup.</param>
    /// <param name="trained">The trained parameters.</param>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Weights(nn.Module model, OptimizationSetup setup,
        TrainedParameters trained) =>
        new Dictionary<string, IReadOnlyDictionary<string, Tensor>>
        {
            // With an adapter, the model is frozen except for named parameters; the others are in the folder that the run started
            // from.
            [CheckpointFolders.WeightsFile] = setup.Adapter is null ? SharedTensors.Once(model) : ByName(trained.OfModel),
            [AdapterFile] = setup.Adapter is null ? new Dictionary<string, Tensor>() : SharedTensors.Once(setup.Adapter.Module),
            [ParametersFile] = ByName(trained.Outside),
        };

    /// <summary>Versions of the software that affect results.</summary>
    public static SortedDictionary<string, string> Versions() => new(StringComparer.Ordinal)
    {
        ["tenon"] = typeof(TrainedState).Assembly.GetName().Version!.ToString(3),
        ["torchsharp"] = typeof(torch).Assembly.GetName().Version!.ToString(3),
        ["dotnet"] = Environment.Version.ToString(),
    };

    private static Dictionary<string, Tensor> ByName(IReadOnlyList<NamedParameter> parameters) =>
        parameters.ToDictionary(p => p.Name, p => (Tensor)p.Value, StringComparer.Ordinal);
}
