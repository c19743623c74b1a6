namespace Tenon.Host.Events;

/// <summary>
/// Something that happened while the host worked. Handlers are called in order, on the thread that does the work, which waits
/// for them.
/// </summary>
public abstract record RunEvent;

/// <summary>Work other than training steps began, or steps resume.</summary>
/// <param name="Activity">What is being done, such as <c>validating</c>; null: training steps.</param>
public sealed record ActivityChanged(string? Activity) : RunEvent;

/// <summary>Something was opened or built for a run.</summary>
/// <param name="Part">What it is: <c>device</c>, <c>data</c>, <c>tokenizer</c>, <c>weights</c>, <c>model</c>.</param>
/// <param name="Description">Name and size.</param>
public sealed record PartReady(string Part, string Description) : RunEvent;

/// <summary>A run's folder exists: it can be resumed from there.</summary>
/// <param name="Folder">Full path.</param>
public sealed record FolderReady(string Folder) : RunEvent;

/// <summary>A training step is done.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Total">Steps of the whole run.</param>
/// <param name="Loss">Mean loss since the last line of metrics.</param>
/// <param name="ValidationLoss">The newest, or null.</param>
/// <param name="LearningRate">The learning rate of this step.</param>
/// <param name="UnitsPerSecond">Tokens or examples per second.</param>
/// <param name="Unit">What is counted: <c>tokens</c> or <c>examples</c>.</param>
/// <param name="Left">Estimated time for the remaining steps, or null when unknown.</param>
/// <param name="IsLogged">Whether the metrics have a line for this step.</param>
public sealed record StepCompleted(
    long Step, long Total, double Loss, double? ValidationLoss, double LearningRate, double UnitsPerSecond, string Unit, TimeSpan? Left, bool IsLogged) : RunEvent;

/// <summary>The model was validated.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean over all targets.</param>
/// <param name="Accuracy">Share of the labels that were predicted; null without any.</param>
public sealed record Validated(long Step, double Loss, double? Accuracy) : RunEvent;

/// <summary>Generated texts or images were written.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="File">Full path.</param>
/// <param name="Text">What the file holds when it is text; null for images.</param>
public sealed record SamplesWritten(long Step, string File, string? Text) : RunEvent;

/// <summary>The loss became infinite or not a number; the run ends with a <see cref="NonFiniteLossException"/>.</summary>
/// <param name="Checkpoint">Folder of the newest checkpoint, from which the run can be resumed; null when there is none.</param>
public sealed record TrainingDiverged(string? Checkpoint) : RunEvent;

/// <summary>Something was left out without ending the run.</summary>
/// <param name="Message">What and why.</param>
public sealed record Warned(string Message) : RunEvent;
