namespace Tenon.Host.Events;

/// <summary>
/// An event during the host's work. Handlers are called in order, synchronously, on the worker thread.
/// </summary>
public abstract record RunEvent;

/// <summary>Work other than training steps begins, or training steps resume.</summary>
/// <param name="Activity">Description of the work, such as <c>validating</c>; null for training steps.</param>
public sealed record ActivityChanged(string? Activity) : RunEvent;

/// <summary>A part of a run was opened or built.</summary>
/// <param name="Part">The part: <c>device</c>, <c>data</c>, <c>tokenizer</c>, <c>weights</c>, <c>model</c>.</param>
/// <param name="Description">Name and size.</param>
public sealed record PartReady(string Part, string Description) : RunEvent;

/// <summary>A run's folder has been created, so the run can be resumed.</summary>
/// <param name="Folder">Full path.</param>
public sealed record FolderReady(string Folder) : RunEvent;

/// <summary>A training step is complete.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Total">Total steps of the run.</param>
/// <param name="Loss">Mean loss since the last line of metrics.</param>
/// <param name="ValidationLoss">The latest validation loss, or null.</param>
/// <param name="LearningRate">The learning rate of this step.</param>
/// <param name="UnitsPerSecond">Tokens or examples per second.</param>
/// <param name="Unit">The unit: <c>tokens</c> or <c>examples</c>.</param>
/// <param name="Left">Estimated time for the remaining steps, or null when unknown.</param>
/// <param name="IsLogged">Whether this step has a line of metrics.</param>
public sealed record StepCompleted(
    long Step, long Total, double Loss, double? ValidationLoss, double LearningRate, double UnitsPerSecond, string Unit, TimeSpan? Left,
    bool IsLogged) : RunEvent;

/// <summary>The model was validated.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Loss">Mean over all targets.</param>
/// <param name="Accuracy">Accuracy; null without labels.</param>
public sealed record Validated(long Step, double Loss, double? Accuracy) : RunEvent;

/// <summary>Generated texts or images were written.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="File">Full path.</param>
/// <param name="Text">Content of a text file; null for images.</param>
public sealed record SamplesWritten(long Step, string File, string? Text) : RunEvent;

/// <summary>The loss became infinite or NaN; the run ends with a <see cref="NonFiniteLossException"/>.</summary>
/// <param name="Checkpoint">Folder of the newest checkpoint, from which the run can be resumed; null if there is none.</param>
public sealed record TrainingDiverged(string? Checkpoint) : RunEvent;

/// <summary>Work after training failed, such as the last validation; the exception follows.</summary>
/// <param name="Folder">The run's folder, which contains the trained model.</param>
/// <param name="CanRepeat">Whether resuming the run repeats the failed work.</param>
public sealed record FinishingFailed(string Folder, bool CanRepeat) : RunEvent;

/// <summary>Something was skipped or is questionable, but the run continues.</summary>
/// <param name="Message">What runEvent and why.</param>
public sealed record Warned(string Message) : RunEvent;
