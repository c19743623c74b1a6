using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs;

/// <summary>The result of a finished run.</summary>
/// <param name="Summary">Figures of the run.</param>
/// <param name="Baselines">Losses of count models on the same validation tokens.</param>
/// <param name="Folder">Where everything was written.</param>
/// <param name="Recipe">The run's recipe.</param>
public sealed record RunReport(RunSummary Summary, IReadOnlyList<LossBaseline> Baselines, RunFolder Folder, Recipe Recipe)
{
    /// <summary>What a method without a network reaches on the validation examples; null when there is nothing to compare with.</summary>
    public ClassificationBaseline? ClassBaseline { get; init; }

    /// <summary>Tables of the strategy.</summary>
    public IReadOnlyList<RunTable> Tables { get; init; } = [];

    /// <summary>Paths of the strategy's own figures.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];

    /// <summary>What the model can be used for.</summary>
    public IReadOnlyList<ModelUse> Uses { get; init; } = [];
}
