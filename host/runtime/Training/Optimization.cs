using System.Diagnostics;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Data;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Recipes;
using Tenon.Host.Training.Checkpoints;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>The host's training loop as a strategy drives it: the update itself is <see cref="TrainingStep"/>'s.</summary>
internal sealed partial class Optimization : IOptimization
{
    private readonly RunParts parts;
    private readonly OptimizationSetup setup;
    private readonly RunState state;
    private readonly RunMetrics metrics;
    private readonly Samples? samples;
    private readonly SeededRandom random;
    private readonly TrainedParameters trained;
    private readonly TrainingStep step;
    private readonly IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> weights;
    private readonly Throughput throughput = new();
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly double secondsBefore;
    private readonly long begun;
    private BatchPrefetch? batches;
    private LossWindow window = LossWindow.Empty;
    private double? loss;
    private double? validationLoss;
    private Predictions? predictions;
    private Selection selection = Selection.Start;
    private KeptModel? best;
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
        if (Choosing is { } choosing && Selection.Error(choosing, Capability.ClassesOf(parts.Model).Count > 0, Validates) is { } error)
            throw new ModelException(error);
        weights = TrainedState.Weights(parts.Model.Module, setup, trained);
        step = new TrainingStep(trained, Training, parts.Device.Precision, random);
        if (parts.Checkpoint is { } checkpoint)
        {
            Restore(checkpoint);
            secondsBefore = checkpoint.Trainer.Seconds;
        }

        begun = CompletedSteps;
        step.Seed("between", CompletedSteps);
    }

    /// <inheritdoc/>
    public long CompletedSteps { get; private set; }

    /// <inheritdoc/>
    public long TotalSteps => Training.Steps;

    /// <inheritdoc/>
    public int Accumulate => Training.Accumulate;

    /// <summary>The step that figures belong to now: the coming one before its update, the last one after it.</summary>
    public long CurrentStep => betweenSteps ? CompletedSteps + 1 : CompletedSteps;

    /// <summary>What the run came to; null until it is over.</summary>
    public RunSummary? Summary { get; private set; }

    private TrainingOptions Training => parts.Recipe.Training;

    private SelectionOptions? Choosing => setup.Selection;

    private bool Validates => parts.HasValidation || setup.ValidationBatches is not null;

    private bool Ended => CompletedSteps >= TotalSteps || selection.IsExhausted(Choosing);

    private double Elapsed => Stopwatch.GetElapsedTime(started).TotalSeconds;

    /// <inheritdoc/>
    public bool Next()
    {
        if (Summary is not null)
            return false;
        bool end = Ended;
        if (CompletedSteps > previous)
        {
            // What validations are compared by is measured alike: the last of them on no more batches than the others.
            bool last = CompletedSteps >= TotalSteps;
            if (last || IsDue(parts.Recipe.Validation.Every))
                Validate(most: last && Choosing is null ? 0 : parts.Recipe.Validation.Batches);
            end = Ended;
            if (end)
                MeasureKept();
            if (end || IsDue(parts.Recipe.Samples.Every))
                Sample(end);
        }

        bool stopping = !end && parts.Stop.IsCancellationRequested;
        if (stopping)
            metrics.DropAfter(CompletedSteps);
        metrics.Flush();
        betweenSteps = true;
        if (CompletedSteps != saved && (end || stopping || IsDue(parts.Recipe.Checkpoints.Every)))
            Save();
        previous = CompletedSteps;
        parts.Events.Doing(null);
        // What a strategy draws between steps is a function of seed and step too.
        step.Seed("between", CompletedSteps);
        if (stopping)
        {
            DrawPlots();
            throw new OperationCanceledException($"Stopped after step {CompletedSteps} of {TotalSteps}. A checkpoint was written: the run can be resumed from '{parts.Folder.Path}'.", parts.Stop);
        }

        if (end)
            Finish();
        return !end;
    }

    /// <inheritdoc/>
    public StepResult Step(Func<Batch, Tensor> loss)
    {
        batches ??= new BatchPrefetch(setup.Batches ?? parts.Data.Batches(Split.Train), parts.BatchesAhead);
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
        best?.Dispose();
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
        parts.Events.Publish(new StepCompleted(CompletedSteps, TotalSteps, window.Mean, validationLoss, result.LearningRate,
            throughput.Now, unit, throughput.Left(TotalSteps - CompletedSteps, Elapsed), logged));
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

    private void Sample(bool end)
    {
        if (samples is null)
            return;
        parts.Events.Doing(samples.Doing);
        using (Evaluating())
        using (end ? SwapInResult() : step.Ema?.SwapIn())
        {
            setup.Adapter?.Apply();
            samples.Write(random.Fork("samples"), CompletedSteps);
        }
    }

    private void Finish()
    {
        parts.Events.Doing("writing the model");
        using (SwapInResult())
        {
            if (setup.Adapter is { } adapter)
                ModelFolder.Save(parts.Folder.Path, parts.Layout, parts.Tokenizer, adapter, parts.Recipe.From!);
            else
                ModelFolder.Save(parts.Folder.Path, parts.Layout, parts.Tokenizer, parts.Model.Module);
        }

        DrawPlots();
        parts.Events.Doing(null);
        // A run that was finished before has nothing to measure again.
        Summary = (CompletedSteps == begun && RunSummary.Read(parts.Folder) is { } before && before.Steps == CompletedSteps ? before : null) ?? Summarise();
        Summary.Write(parts.Folder);
    }

    private void DrawPlots() => new RunPlots(parts.Folder, parts.Plots, parts.Events).Metrics(setup.Objective, parts.Baselines);

    private RunSummary Summarise() => new()
    {
        Folder = parts.Folder.Path,
        Steps = CompletedSteps,
        Loss = loss,
        ValidationLoss = validationLoss,
        Perplexity = Perplexity,
        Accuracy = predictions?.Accuracy,
        MacroF1 = predictions?.Classes?.MacroF1,
        EntityF1 = predictions?.Entities?.Figures.F1,
        Best = best is null ? null : $"step {selection.Best!.Step}, best {Selection.Name(Choosing!.Metric)} of the validations",
        Stopped = CompletedSteps < TotalSteps
            ? $"after step {CompletedSteps} of {TotalSteps}: no better {Selection.Name(Choosing!.Metric)} in {selection.Since} {(selection.Since == 1 ? "validation" : "validations")}" : null,
        Time = TimeSpan.FromSeconds(secondsBefore + Elapsed),
        UnitsPerSecond = throughput.Mean,
        Unit = unit,
        DataWaitShare = throughput.Seconds > 0 && batches is not null ? batches.Waited.TotalSeconds / throughput.Seconds : 0,
        PeakMemory = parts.Device.Memory.Peak,
    };
}
