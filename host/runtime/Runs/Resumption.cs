namespace Tenon.Host.Runs;

/// <summary>Settings for resuming a run or a pipeline.</summary>
/// <param name="Restarts">Whether to restart from step 1, which replaces the model, metrics and checkpoints.</param>
/// <param name="IsChanged">Whether settings were given that may differ from the run's.</param>
internal sealed record Resumption(bool Restarts, bool IsChanged);
