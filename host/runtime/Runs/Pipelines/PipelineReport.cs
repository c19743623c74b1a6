using Tenon.Host.Artifacts;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>The result of a finished pipeline.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Stages">The stages in order.</param>
public sealed record PipelineReport(Pipeline Pipeline, PipelineFolder Folder, IReadOnlyList<StageResult> Stages);
