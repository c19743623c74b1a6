using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>A pipeline starts or resumes.</summary>
/// <param name="Folder">Full path of its folder.</param>
public sealed record PipelineStarted(string Folder) : RunEvent;

/// <summary>A stage starts or resumes, or is skipped because it is already finished.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Stages">Number of stages in the pipeline.</param>
/// <param name="IsFinished">Whether it is already finished.</param>
public sealed record StageStarted(string Name, int Number, int Stages, bool IsFinished) : RunEvent;

/// <summary>A stage is finished.</summary>
/// <param name="Result">The stage and its result.</param>
public sealed record StageFinished(StageResult Result) : RunEvent;

/// <summary>A stage failed, and with it the pipeline; the exception follows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CanResume">Whether the pipeline has a folder from which it can be resumed.</param>
public sealed record StageFailed(string Name, bool CanResume) : RunEvent;

/// <summary>A finished stage.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Recipe">Its recipe.</param>
/// <param name="Folder">The folder of its run.</param>
/// <param name="Report">The result of its run; null if it was already finished.</param>
public sealed record StageResult(string Name, Recipe Recipe, RunFolder Folder, RunReport? Report);
