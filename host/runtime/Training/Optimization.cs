using System.Diagnostics;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Data;
using Tenon.Host.Recipes;
using Tenon.Host.Processes;
using Tenon.Host.Training.Checkpoints;
using Tenon.Host.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>
/// The training loop that a strategy drives: the steps, and the work between them. The update itself is in <see
/// cref="TrainingStep"/>, validation and selection in <see cref="Validations"/>.
/// </summary>
internal sealed class Optimization : IOptimization
{
    private readonly RunParts _parts;
    private readonly OptimizationSetup _setup;
    private readonly RunMetrics _metrics;
    private readonly Samples? _samples;
    private readonly SeededRandom _random;
    private readonly Action _begin;
    private readonly TrainingStep _step;
    private readonly TrainedModel _model;
    private readonly Validations _validations;
    private readonly TrainingProgress _progress;
    private readonly RunCheckpoints _checkpoints;
    private readonly ResultWriter _result;
    private readonly DividedBatches? _divided;
    private BatchPrefetch? _batches;
    private long _previous;
    private long _trafficSince;
    private bool _betweenSteps = true;

    /// <summary>Prepares the first step. A resumed run is restored from its checkpoint.</summary>
    /// <param name="parts">The parts of the run.</param>
    /// <param name="setup">The strategy's setup.</param>
    /// <param name="state">The strategy's state.</param>
    /// <param name="metrics">Receives the metrics.</param>
    /// <param name="samples">Writes samples, or null.</param>
    /// <param name="random">The root of the run's random streams.</param>
    /// <param name="begin">Called before anything is written.</param>
    public Optimization(
        RunParts parts, OptimizationSetup setup, RunState state, RunMetrics metrics, Samples? samples, SeededRandom random, Action begin)
    {
        (_parts, _setup, _metrics, _samples, _random, _begin) = (parts, setup, metrics, samples, random, begin);
        _progress = new TrainingProgress(Training, parts.Events, metrics, parts.Started, World.Data.Size);
        IReadOnlyDictionary<string, TensorDivision> divisions =
            (parts.Model as IDividesLayers)?.Divisions ?? new Dictionary<string, TensorDivision>();
        var trained = new TrainedParameters(parts.Model.Module, setup, divisions);
        _step = new TrainingStep(trained, Training, parts.Device.Precision, random, parts.World, parts.Model);
        _divided = World.Data.Size > 1 ? new DividedBatches(setup.Batches ?? parts.Data.Batches(Split.Train), World.Data) : null;
        _model = new TrainedModel(parts.Model, setup, trained, _step, Whole());
        _validations = new Validations(parts, setup, _model, _step, metrics);
        _result = new ResultWriter(parts, setup, _model, _validations, _progress);
        _checkpoints = new RunCheckpoints(parts, state, metrics, _step, _model, _validations, _progress,
            selects: setup.Selection is not null, setup.Adapter);
        if (parts.Checkpoint is { } checkpoint)
        {
            CompletedSteps = _checkpoints.Restore(checkpoint);
            _previous = checkpoint.Trainer.Previous ?? CompletedSteps;
            _trafficSince = CompletedSteps;
        }

        _step.Seed("between", CompletedSteps);

        // State of the optimizer has the names of the trained parameters, weights those of the model.
        WholeTensors Whole() => new(World.Tensor, divisions.Concat(trained.Divisions).DistinctBy(each => each.Key)
            .ToDictionary(each => each.Key, each => each.Value, StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public long CompletedSteps { get; private set; }

    /// <inheritdoc/>
    public long TotalSteps => Training.Steps;

    /// <inheritdoc/>
    public int Accumulate => Training.Accumulate;

    /// <summary>The step to which metrics recorded now belong: the next one before its update, the last one after it.</summary>
    public long CurrentStep => _betweenSteps ? CompletedSteps + 1 : CompletedSteps;

    /// <summary>The result of the run; null until it ends.</summary>
    public RunSummary? Summary { get; private set; }

    /// <summary>Whether the trained model is in the run's folder.</summary>
    public bool HasModel => _result.HasModel;

    private TrainingOptions Training => _parts.Recipe.Training;

    private World World => _parts.World;

    private bool Ended => CompletedSteps >= TotalSteps || _validations.EndsRun;

    /// <inheritdoc/>
    public bool Next()
    {
        if (Summary is not null)
            return false;
        _begin();
        CombineMetrics();
        if (CompletedSteps > _previous)
            ShowOrKeep();
        bool end = Ended;
        bool isDue = end || IsDue(_parts.Recipe.Checkpoints.Every);
        // The signals arrive at different times, and the clocks differ.
        bool[] asked = World.Any(
            _parts.Stop.IsCancellationRequested, _parts.Requests.Take(), World.IsWriter && _checkpoints.IsDue(CompletedSteps, isDue));
        bool stopping = !end && asked[0];
        if (stopping)
            _metrics.DropAfter(CompletedSteps);
        _metrics.Flush();
        _betweenSteps = true;
        if (asked[2] || ((stopping || asked[1]) && _checkpoints.IsDue(CompletedSteps, bySteps: true)))
            _checkpoints.Save(CompletedSteps);
        _previous = CompletedSteps;
        _parts.Events.ReportActivity(null);
        // The random numbers that a strategy draws between steps also depend only on seed and step.
        _step.Seed("between", CompletedSteps);
        if (stopping)
        {
            World.HasAgreedToStop = true;
            _result.DrawPlots();
            throw new OperationCanceledException($"Stopped after step {CompletedSteps} of {TotalSteps}. A checkpoint was written, and " +
                $"the run can be resumed from '{_parts.Folder.Path}'.", _parts.Stop);
        }

        if (!end)
            return true;
        if (!HasModel)
            _result.WriteModel();
        Summary = _result.Conclude(CompletedSteps, _batches?.Waited ?? TimeSpan.Zero);
        return false;
    }

    /// <inheritdoc/>
    public StepResult Step(Func<Batch, Tensor> loss)
    {
        _batches ??= new BatchPrefetch(_divided ?? _setup.Batches ?? _parts.Data.Batches(Split.Train), _parts.BatchesAhead);
        long start = Stopwatch.GetTimestamp();
        var own = new List<Batch>(Training.Accumulate);
        try
        {
            for (int i = 0; i < Training.Accumulate; i++)
                own.Add(_batches.Get(CompletedSteps * Training.Accumulate + i));
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

    /// <summary>Stops the worker that prepares batches, and frees optimizer state, averages and the best model.</summary>
    public void Dispose()
    {
        _batches?.Dispose();
        _model.Dispose();
        _step.Dispose();
    }

    private StepResult Update(long start, IReadOnlyList<Batch> batches, Func<Batch, Tensor> lossOf)
    {
        CombineMetrics();
        StepResult result = _step.Run(CompletedSteps, batches, lossOf);
        CompletedSteps++;
        _betweenSteps = false;
        bool isLogged = _progress.Report(
            CompletedSteps, result, batches, Stopwatch.GetElapsedTime(start).TotalSeconds, _validations.Loss);
        if (isLogged && _step.TakeTraffic() is { } traffic)
        {
            long steps = CompletedSteps - _trafficSince;
            _metrics.Record(CompletedSteps, FigureNames.CommunicationSeconds, traffic.Seconds / steps);
            _metrics.Record(CompletedSteps, FigureNames.CommunicationBytes, traffic.Bytes / steps);
            if (traffic.Bubble is { } bubble)
                _metrics.Record(CompletedSteps, FigureNames.Bubble, bubble);
            _trafficSince = CompletedSteps;
        }

        return result;
    }

    // Each process has recorded the figures of its rows. Called before those of another step are recorded.
    private void CombineMetrics()
    {
        if (World.IsParallel)
            _metrics.Combine(World.Mean);
    }

    // Training results must not be lost because a validation or samples fail; the resumed run repeats those.
    private void ShowOrKeep()
    {
        bool last = CompletedSteps >= TotalSteps;
        if (last)
        {
            // The checkpoint comes first: if the model cannot be written to its folder, a resumed run writes it.
            _checkpoints.Save(CompletedSteps, _previous);
            _result.WriteModel();
        }

        try
        {
            Show(last);
        }
        // Writing a checkpoint needs all processes, but only this one may have failed.
        catch (Exception failure) when (_checkpoints.Newest != CompletedSteps && !World.IsParallel)
        {
            try
            {
                _checkpoints.Save(CompletedSteps, _previous);
            }
            catch (Exception second) when (second is IOException or UnauthorizedAccessException)
            {
                throw new AggregateException(failure, second);
            }

            throw;
        }
    }

    /// <summary>Validates and generates samples if they are due after the last steps.</summary>
    private void Show(bool last)
    {
        if (Ended || IsDue(_parts.Recipe.Validation.Every) || IsDue(_parts.Recipe.Samples.Every))
            _step.CollectParameters();
        if (last || IsDue(_parts.Recipe.Validation.Every))
            _validations.Run(CompletedSteps, last);
        if (Ended)
        {
            // The last validation may have selected a different model or ended the run.
            if (!last || _setup.Selection is not null)
                _result.WriteModel();
            _validations.MeasureResult(CompletedSteps);
        }

        if (_samples is null || !World.IsWithWriter || !(Ended || IsDue(_parts.Recipe.Samples.Every)))
            return;
        _parts.Events.ReportActivity(_samples.Activity);
        using (Ended ? _model.SwapInResult() : _model.SwapInAverages())
        using (_model.Evaluate())
            _samples.Write(_random.Fork("samples"), CompletedSteps);
    }

    /// <summary>
    /// Returns whether the steps since the last call of <see cref="Next"/> passed a multiple of an interval. There may have been
    /// several steps, and stopping in between does not shift later multiples.
    /// </summary>
    private bool IsDue(long every) => every > 0 && CompletedSteps / every > _previous / every;
}
