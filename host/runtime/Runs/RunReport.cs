using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs;

/// <summary>The result of a finished run.</summary>
/// <param name="Summary">Metrics of the run.</param>
/// <param name="Baselines">Losses of count models on the same validation tokens.</param>
/// <param name="Folder">The run's folder.</param>
/// <param name="Recipe">The run's recipe.</param>
public sealed record RunReport(RunSummary Summary, IReadOnlyList<LossBaseline> Baselines, RunFolder Folder, Recipe Recipe)
{
    /// <summary>Whether the run was already finished when it was resumed, so nothing was trained.</summary>
    public bool WasFinished { get; init; }

    /// <summary>Baseline without a neural network on the validation examples; null if there is none.</summary>
    public ClassificationBaseline? ClassBaseline { get; init; }

    /// <summary>Tables reported by the strategy.</summary>
    public IReadOnlyList<RunTable> Tables { get; init; } = [];

    /// <summary>Paths of the strategy's plots.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];

    /// <summary>Tasks that the model can be used for.</summary>
    public IReadOnlyList<ModelUse> Uses { get; init; } = [];
}
