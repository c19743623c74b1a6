using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>Writes a run's checkpoints, and restores the run from one.</summary>
/// <param name="parts">Folder and recipe.</param>
/// <param name="state">The strategy's state.</param>
/// <param name="metrics">The logs, which a resumed run continues.</param>
/// <param name="step">Optimizer, averages and loss scale.</param>
/// <param name="model">The tensors.</param>
/// <param name="validations">The newest loss, and the selection if the strategy uses one.</param>
/// <param name="progress">Losses that have not been logged yet, and the time.</param>
/// <param name="selects">Whether the strategy selects a model by validations.</param>
/// <param name="adapter">The adapter that is being trained, or null.</param>
internal sealed class RunCheckpoints(
    RunParts parts, RunState state, RunMetrics metrics, TrainingStep step, TrainedModel model, Validations validations,
    TrainingProgress progress, bool selects, IAdapter? adapter)
{
    private long _saved = parts.Clock.GetTimestamp();

    // Whether the newest checkpoint was written before the validation and samples of its step.
    private bool _isBefore;

    /// <summary>The step of the newest checkpoint; -1 before the first.</summary>
    public long Newest { get; private set; } = -1;

    /// <summary>Returns whether a checkpoint is due, by steps or by time since the last one.</summary>
    /// <param name="completed">Completed steps.</param>
    /// <param name="bySteps">Whether it is due by steps, or because the run ends.</param>
    public bool IsDue(long completed, bool bySteps)
    {
        if (completed == Newest)
            return _isBefore && bySteps;
        double minutes = parts.Recipe.Checkpoints.Minutes;
        return bySteps || (minutes > 0 && parts.Clock.GetElapsedTime(_saved).TotalMinutes >= minutes);
    }

    /// <summary>Writes a checkpoint and deletes the oldest ones. Called by all processes at the same time; one of them writes.</summary>
    /// <param name="completed">Completed steps.</param>
    /// <param name="previous">The step before those whose validation and samples are still due; null if none are.</param>
    /// <exception cref="CheckpointException">The run's folder was deleted.</exception>
    public void Save(long completed, long? previous = null)
    {
        // The log is open since the first step. A folder that is created again would lack it, and the recipe to resume from.
        if (parts.World.IsWriter && !File.Exists(parts.Folder.Metrics))
            throw new CheckpointException($"The run's folder '{parts.Folder.Path}' was deleted or moved during the run, so the run could " +
                "not be resumed from further checkpoints. Start the run again.");
        parts.Events.ReportActivity("writing a checkpoint");
        if (previous is null)
            metrics.Flush();
        metrics.Sync();
        TrainerState trainer = Trainer(completed, previous);
        // Validation does not change any tensor, except that it may select a new best model.
        if (completed == Newest && !selects)
        {
            if (parts.World.IsWriter)
                Checkpoint.Replace(parts.Folder, trainer);
        }
        else
        {
            step.CollectParameters();
            using OptimizerTensors optimizer = step.CollectState();
            if (parts.World.IsWithWriter)
                SaveTensors(trainer, optimizer.Tensors);
        }

        // A step that others have completed must not be lost because this process could not write it.
        parts.World.Barrier();
        (Newest, _isBefore, _saved) = (completed, previous is not null, parts.Clock.GetTimestamp());
    }

    /// <summary>Restores the run from a checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <returns>Completed steps.</returns>
    /// <exception cref="CheckpointException">The resumed run would see different data, or the tensors do not match.</exception>
    public long Restore(Checkpoint checkpoint)
    {
        TrainerState trainer = checkpoint.Trainer;
        Expect("seed", trainer.Seed, parts.Recipe.Seed);
        Expect("training:batchSize", trainer.BatchSize, parts.Recipe.Training.BatchSize);
        Expect("training:accumulate", trainer.Accumulate, parts.Recipe.Training.Accumulate);
        // Comes first, because it allocates the tensors that the best model is read into.
        validations.Restore(checkpoint);
        using (OptimizerTensors optimizer = step.StateToRead())
        {
            checkpoint.Load(model.Files(optimizer.Tensors), model.Whole);
            optimizer.TakeOver();
        }

        if (step.Scale is not null && trainer.LossScale is { } scale)
            step.Scale = scale;
        progress.Restore(trainer.Window, trainer.Seconds);
        foreach ((string name, double value) in trainer.Pending ?? [])
            metrics.Record(trainer.Step, name, value);
        _isBefore = trainer.Previous is not null;
        return Newest = trainer.Step;

        void Expect(string key, long then, long now)
        {
            if (then != now)
                throw new CheckpointException($"The checkpoint '{checkpoint.Folder}' was written with {key} {then}, but the recipe has " +
                    $"{now}, so the resumed run would see different data. Set {key} to {then}, or start a new run from the model with " +
                    "model:from.");
        }
    }

    private void SaveTensors(TrainerState trainer, IReadOnlyDictionary<string, Tensor> optimizer)
    {
        using CollectedFiles files = model.Whole.Collect(model.Files(optimizer), parts.World.IsWriter);
        if (parts.World.IsWriter)
            Checkpoint.Save(parts.Folder, trainer, files.Files, parts.Recipe.Checkpoints.Keep, SaveAdapter);
    }

    // Saves the adapter as in the run's result, so that commands can open the adapter of an unfinished run.
    private void SaveAdapter(string folder)
    {
        if (adapter is null)
            return;
        using (model.SwapInResult())
            ModelFolder.SaveAdapter(folder, adapter, parts.Recipe.From!);
    }

    private TrainerState Trainer(long completed, long? previous) => new()
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
        Previous = previous,
        Pending = previous is null ? null : new Dictionary<string, double>(metrics.Pending),
        Seconds = progress.Seconds,
        Versions = TrainedState.Versions(),
    };
}
