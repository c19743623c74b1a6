using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>A pipeline begins or resumes.</summary>
/// <param name="Folder">Full path of its folder.</param>
public sealed record PipelineStarted(string Folder) : RunEvent;

/// <summary>A stage begins or resumes, or is passed over because it was finished before.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Stages">How many stages the pipeline has.</param>
/// <param name="IsFinished">Whether it was finished before.</param>
public sealed record StageStarted(string Name, int Number, int Stages, bool IsFinished) : RunEvent;

/// <summary>A stage is finished.</summary>
/// <param name="Result">The stage and its result.</param>
public sealed record StageFinished(StageResult Result) : RunEvent;

/// <summary>A stage failed, and the pipeline with it; the exception follows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CanResume">Whether the pipeline has a folder from which it can be resumed.</param>
public sealed record StageFailed(string Name, bool CanResume) : RunEvent;

/// <summary>A stage that is done.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Recipe">Its recipe.</param>
/// <param name="Folder">The folder of its run.</param>
/// <param name="Report">The result of its run; null when it was finished before.</param>
public sealed record StageResult(string Name, Recipe Recipe, RunFolder Folder, RunReport? Report);
