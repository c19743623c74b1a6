using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>Writes a run's checkpoints, and restores the run from one.</summary>
/// <param name="parts">Folder and recipe.</param>
/// <param name="state">The strategy's state.</param>
/// <param name="metrics">The logs, which a resumed run continues.</param>
/// <param name="step">Its loss scale.</param>
/// <param name="model">The tensors.</param>
/// <param name="validations">The newest loss, and the selection if the strategy selects.</param>
/// <param name="progress">Losses that are not logged yet, and the time.</param>
/// <param name="selects">Whether the strategy selects a model by validations.</param>
internal sealed class RunCheckpoints(
    RunParts parts, RunState state, RunMetrics metrics, TrainingStep step, TrainedModel model, Validations validations, TrainingProgress progress, bool selects)
{
    /// <summary>The step of the newest checkpoint; -1 before the first.</summary>
    public long Newest { get; private set; } = -1;

    /// <summary>Writes a checkpoint and deletes the oldest ones.</summary>
    /// <param name="completed">Completed steps.</param>
    public void Save(long completed)
    {
        parts.Events.Doing("writing a checkpoint");
        metrics.Sync();
        Checkpoint.Save(parts.Folder, new TrainerState
        {
            Layout = TrainerState.CurrentLayout,
            Step = completed,
            Seed = parts.Recipe.Seed,
            BatchSize = parts.Recipe.Training.BatchSize,
            Accumulate = parts.Recipe.Training.Accumulate,
            State = state.Values,
            Window = progress.Window,
            ValidationLoss = validations.Loss,
            Selection = selects ? validations.Selection : null,
            LossScale = step.Scale,
            Metrics = metrics.Position,
            Seconds = progress.Seconds,
            Versions = TrainedState.Versions(),
        }, model.Files, parts.Recipe.Checkpoints.Keep);
        Newest = completed;
    }

    /// <summary>Restores the run from a checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <returns>Completed steps.</returns>
    /// <exception cref="CheckpointException">The recipe would use different data from here on, or the tensors do not match.</exception>
    public long Restore(Checkpoint checkpoint)
    {
        TrainerState trainer = checkpoint.Trainer;
        Expect("seed", trainer.Seed, parts.Recipe.Seed);
        Expect("training:batchSize", trainer.BatchSize, parts.Recipe.Training.BatchSize);
        Expect("training:accumulate", trainer.Accumulate, parts.Recipe.Training.Accumulate);
        // First, because it allocates the tensors that the best model is read into.
        validations.Restore(checkpoint);
        checkpoint.Load(model.Files);
        if (step.Scale is not null && trainer.LossScale is { } scale)
            step.Scale = scale;
        progress.Restore(trainer.Window, trainer.Seconds);
        return Newest = trainer.Step;

        void Expect(string key, long then, long now)
        {
            if (then != now)
                throw new CheckpointException($"The checkpoint '{checkpoint.Folder}' was written with {key} {then}, but the recipe has {now}, so the resumed run would see different data. Set {key} to {then}, or start a new run from the model.");
        }
    }
}
