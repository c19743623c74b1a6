using System.Diagnostics;
using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation;
using Tenon.Host.Metrics;
using Tenon.Host.Presentation;
using Tenon.Host.Recipes;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>The host's training loop as a strategy drives it: the update itself is <see cref="TrainingStep"/>'s.</summary>
internal sealed class Optimization : IOptimization
{
    private const int BatchesAhead = 4;
    private readonly RunParts parts;
    private readonly OptimizationSetup setup;
    private readonly RunState state;
    private readonly RunMetrics metrics;
    private readonly Samples? samples;
    private readonly SeededRandom random;
    private readonly TrainedParameters trained;
    private readonly TrainingStep step;
    private readonly Throughput throughput = new();
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly double secondsBefore;
    private Prefetch? batches;
    private LossWindow window = LossWindow.Empty;
    private double? loss;
    private double? validationLoss;
    private ProgressFigures? figures;
    private ConfusionMatrix? confusion;
    private string unit = "examples";
    private long previous;
    private long saved = -1;
    private bool betweenSteps = true;

    /// <summary>Prepares; on a resumed run everything is then as it was at the checkpoint.</summary>
    /// <param name="parts">What the run is put together from.</param>
    /// <param name="setup">What the strategy asks for.</param>
    /// <param name="state">The strategy's values.</param>
    /// <param name="metrics">Where figures go.</param>
    /// <param name="samples">What the model shows of itself, or null.</param>
    /// <param name="random">The root of the run's randomness.</param>
    public Optimization(RunParts parts, OptimizationSetup setup, RunState state, RunMetrics metrics, Samples? samples, SeededRandom random)
    {
        this.parts = parts;
        this.setup = setup;
        this.state = state;
        this.metrics = metrics;
        this.samples = samples;
        this.random = random;
        trained = new TrainedParameters(parts.Model.Module, setup);
        step = new TrainingStep(trained, Training, parts.Device.Precision, random);
        if (parts.Checkpoint is { } checkpoint)
        {
            Restore(checkpoint);
            secondsBefore = checkpoint.Trainer.Seconds;
        }

        step.Seed("between", CompletedSteps);
    }

    /// <inheritdoc/>
    public long CompletedSteps { get; private set; }

    /// <inheritdoc/>
    public long TotalSteps => Training.Steps;

    /// <summary>The step that figures belong to now: the coming one before its update, the last one after it.</summary>
    public long CurrentStep => betweenSteps ? CompletedSteps + 1 : CompletedSteps;

    /// <summary>What the run came to; null until it is over.</summary>
    public RunSummary? Summary { get; private set; }

    private TrainingOptions Training => parts.Recipe.Training;

    private double Elapsed => Stopwatch.GetElapsedTime(started).TotalSeconds;

    /// <inheritdoc/>
    public bool Next()
    {
        if (Summary is not null)
            return false;
        bool end = CompletedSteps >= TotalSteps;
        bool stopping = !end && parts.Stop.IsCancellationRequested;
        if (CompletedSteps > previous)
        {
            if (end || IsDue(parts.Recipe.Validation.Every))
                Validate(most: end ? 0 : parts.Recipe.Validation.Batches);
            if (end || IsDue(parts.Recipe.Samples.Every))
                Sample();
        }

        metrics.Flush();
        betweenSteps = true;
        if (CompletedSteps != saved && (end || stopping || IsDue(parts.Recipe.Checkpoints.Every)))
            Save();
        previous = CompletedSteps;
        parts.Progress.Doing(null);
        // What a strategy draws between steps is a function of seed and step too.
        step.Seed("between", CompletedSteps);
        if (stopping)
        {
            LossPlot.Draw(parts.Folder, parts.Baselines, parts.Progress);
            throw new OperationCanceledException($"Stopped after step {CompletedSteps} of {TotalSteps}. A checkpoint was written: the run can be resumed from '{parts.Folder.Path}'.", parts.Stop);
        }

        if (end)
            Finish();
        return !end;
    }

    /// <inheritdoc/>
    public StepResult Step(Func<Batch, Tensor> loss)
    {
        batches ??= new Prefetch(setup.Batches ?? parts.Data.Batches(Split.Train), BatchesAhead);
        long start = Stopwatch.GetTimestamp();
        var own = new List<Batch>(Training.Accumulate);
        try
        {
            for (int i = 0; i < Training.Accumulate; i++)
                own.Add(batches.Get(CompletedSteps * Training.Accumulate + i));
            return Update(start, own, loss);
        }
        finally
        {
            own.ForEach(batch => batch.Dispose());
        }
    }

    /// <inheritdoc/>
    public StepResult Step(IReadOnlyList<Batch> batches, Func<Batch, Tensor> loss)
    {
        ArgumentOutOfRangeException.ThrowIfZero(batches.Count, nameof(batches));
        return Update(Stopwatch.GetTimestamp(), batches, loss);
    }

    /// <summary>Ends the worker that makes batches, and frees optimizer state and averages.</summary>
    public void Dispose()
    {
        batches?.Dispose();
        step.Dispose();
    }

    private StepResult Update(long start, IReadOnlyList<Batch> batches, Func<Batch, Tensor> lossOf)
    {
        StepResult result = step.Run(CompletedSteps, batches, lossOf);
        CompletedSteps++;
        betweenSteps = false;
        window = window.With(result.Loss);
        throughput.Add(Stopwatch.GetElapsedTime(start).TotalSeconds, batches.Sum(Units));
        bool logged = CompletedSteps == 1 || CompletedSteps == TotalSteps || CompletedSteps % Training.LogEvery == 0;
        figures = new ProgressFigures(CompletedSteps, TotalSteps, window.Mean, validationLoss, result.LearningRate,
            throughput.Now, unit, throughput.Left(TotalSteps - CompletedSteps, Elapsed), logged);
        parts.Progress.Report(figures);
        if (!logged)
            return result;
        loss = window.Mean;
        window = LossWindow.Empty;
        Record(FigureNames.Loss, loss.Value);
        Record(FigureNames.GradientNorm, result.GradientNorm);
        Record(FigureNames.LearningRate, result.LearningRate);
        Record(FigureNames.Seconds, secondsBefore + Elapsed);
        Record($"{FigureNames.Time}{unit}_per_second", throughput.Now);
        return result;
    }

    private long Units(Batch batch)
    {
        Tensor? tokens = batch.Find(BatchNames.InputIds);
        unit = tokens is null ? "examples" : "tokens";
        return tokens?.numel() ?? batch.Examples;
    }

    private void Record(string name, double value) => metrics.Record(CompletedSteps, name, value);

    /// <summary>
    /// Whether a multiple of the interval lies behind the last visit. Several steps may lie between two visits, and a
    /// stop in between does not shift what comes after it.
    /// </summary>
    private bool IsDue(long every) => every > 0 && CompletedSteps / every > previous / every;

    private void Validate(long most)
    {
        if (!parts.HasValidation && setup.ValidationBatches is null)
            return;
        parts.Progress.Doing("validating");
        // The same noise each time, so that the losses of two validations can be compared.
        step.Seed("validation", 0);
        using (Evaluating())
        using (step.Ema?.SwapIn())
        {
            setup.Adapter?.Apply();
            ValidationFigures measured = Validation.Measure(
                setup.ValidationBatches ?? parts.Data.Batches(Split.Validation), most, setup.ValidationLoss ?? parts.Model.Loss, parts.Model);
            (validationLoss, confusion) = (measured.Loss, measured.Confusion);
        }

        if (figures is not null)
            parts.Progress.Report(figures = figures with { ValidationLoss = validationLoss, IsLogged = false });
        Record(FigureNames.ValidationLoss, validationLoss.Value);
        if (Perplexity is { } perplexity)
            Record(FigureNames.ValidationPerplexity, perplexity);
        if (confusion is null)
            return;
        Record(FigureNames.ValidationAccuracy, confusion.Accuracy);
        Record(FigureNames.ValidationMacroF1, confusion.MacroF1);
    }

    /// <summary>Per token; only the model's own loss is known to be a mean of negative log-probabilities.</summary>
    private double? Perplexity => parts.Model is ICausalLanguageModel && setup.ValidationLoss is null && validationLoss is { } mean ? Math.Exp(mean) : null;

    private void Sample()
    {
        if (samples is null)
            return;
        parts.Progress.Doing(samples.Doing);
        using (Evaluating())
        using (step.Ema?.SwapIn())
        {
            setup.Adapter?.Apply();
            samples.Write(random.Fork("samples"), CompletedSteps);
        }
    }

    private EvaluationMode Evaluating() =>
        new(new[] { parts.Model.Module, setup.Adapter?.Module, setup.Companion }.OfType<nn.Module>());

    private void Save()
    {
        parts.Progress.Doing("writing a checkpoint");
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
            LossScale = step.Scale,
            Metrics = metrics.Position,
            Seconds = secondsBefore + Elapsed,
            Versions = TrainedState.Versions(),
        }, TrainedState.Files(parts.Model.Module, setup, trained, step), parts.Recipe.Checkpoints.Keep);
        saved = CompletedSteps;
    }

    private void Restore(Checkpoint checkpoint)
    {
        TrainerState trainer = checkpoint.Trainer;
        Expect("seed", trainer.Seed, parts.Recipe.Seed);
        Expect("training:batchSize", trainer.BatchSize, Training.BatchSize);
        Expect("training:accumulate", trainer.Accumulate, Training.Accumulate);
        checkpoint.Load(TrainedState.Files(parts.Model.Module, setup, trained, step));
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

    private void Finish()
    {
        parts.Progress.Doing("writing the model");
        using (step.Ema?.SwapIn())
        {
            if (setup.Adapter is { } adapter)
                ModelFolder.Save(parts.Folder.Path, parts.Layout, parts.Tokenizer, adapter, parts.Recipe.From!);
            else
                ModelFolder.Save(parts.Folder.Path, parts.Layout, parts.Tokenizer, parts.Model.Module);
        }

        LossPlot.Draw(parts.Folder, parts.Baselines, parts.Progress);
        parts.Progress.Doing(null);
        Summary = new RunSummary
        {
            Folder = parts.Folder.Path,
            Steps = CompletedSteps,
            Loss = loss,
            ValidationLoss = validationLoss,
            Perplexity = Perplexity,
            Accuracy = confusion?.Accuracy,
            MacroF1 = confusion?.MacroF1,
            Time = TimeSpan.FromSeconds(secondsBefore + Elapsed),
            UnitsPerSecond = throughput.Mean,
            Unit = unit,
            DataWaitShare = throughput.Seconds > 0 && batches is not null ? batches.Waited.TotalSeconds / throughput.Seconds : 0,
            PeakMemory = parts.Device.Memory.Peak,
        };
    }
}
