using Tenon.Host.Artifacts;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Host.Training;

/// <content>What a checkpoint holds of a run, and how a run goes on from it.</content>
internal sealed partial class Optimization
{
    private void Save()
    {
        parts.Events.Doing("writing a checkpoint");
        metrics.Sync();
        Checkpoint.Save(parts.Folder, new TrainerState
        {
            Layout = TrainerState.CurrentLayout,
            Step = CompletedSteps,
            Seed = parts.Recipe.Seed,
            BatchSize = Training.BatchSize,
            Accumulate = Training.Accumulate,
            State = state.Values,
            Window = window,
            ValidationLoss = validationLoss,
            Selection = Choosing is null ? null : selection,
            LossScale = step.Scale,
            Metrics = metrics.Position,
            Seconds = secondsBefore + Elapsed,
            Versions = TrainedState.Versions(),
        }, TrainedState.Files(weights, step, best), parts.Recipe.Checkpoints.Keep);
        saved = CompletedSteps;
    }

    private void Restore(Checkpoint checkpoint)
    {
        TrainerState trainer = checkpoint.Trainer;
        Expect("seed", trainer.Seed, parts.Recipe.Seed);
        Expect("training:batchSize", trainer.BatchSize, Training.BatchSize);
        Expect("training:accumulate", trainer.Accumulate, Training.Accumulate);
        selection = trainer.Selection ?? Selection.Start;
        if (Choosing is { KeepBest: true } && selection.Best is not null && Directory.EnumerateFiles(checkpoint.Folder, KeptModel.Prefix + "*").Any())
            best = new KeptModel(weights);
        checkpoint.Load(TrainedState.Files(weights, step, best));
        if (step.Scale is not null && trainer.LossScale is { } scale)
            step.Scale = scale;
        CompletedSteps = previous = saved = trainer.Step;
        window = trainer.Window;
        validationLoss = trainer.ValidationLoss;

        void Expect(string key, long then, long now)
        {
            if (then != now)
                throw new CheckpointException($"The checkpoint '{checkpoint.Folder}' was made with {key} {then}, the recipe now has {now}: the run would see other data than it was going to. Set {key} to {then}, or start a new run from the model.");
        }
    }
}
