using System.Diagnostics;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Events;
using Tenon.Host.Recipes;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>Reports steps as events and metrics, and measures time and throughput.</summary>
/// <param name="options">The recipe's section.</param>
/// <param name="events">Receives every step.</param>
/// <param name="metrics">Receives the steps that are logged.</param>
/// <param name="began">The stopwatch's time when the run began or was resumed, before its parts were opened.</param>
/// <param name="processes">Number of processes that divide each batch.</param>
internal sealed class TrainingProgress(TrainingOptions options, RunEvents events, RunMetrics metrics, long began, int processes = 1)
{
    private readonly Throughput _throughput = new();
    private readonly long _training = Stopwatch.GetTimestamp();
    private double _secondsBefore;

    /// <summary>Losses since the last logged step.</summary>
    public LossWindow Window { get; private set; } = LossWindow.Empty;

    /// <summary>The last logged loss; null before the first.</summary>
    public double? Loss { get; private set; }

    /// <summary>The unit of throughput: <c>tokens</c> or <c>examples</c>.</summary>
    public string Unit { get; private set; } = "examples";

    /// <summary>Units per second over all steps of this process; 0 before the first.</summary>
    public double UnitsPerSecond => _throughput.Mean;

    /// <summary>Seconds that the run has taken, including the time before it was resumed.</summary>
    public double Seconds => _secondsBefore + Stopwatch.GetElapsedTime(began).TotalSeconds;

    /// <summary>Resumes from a checkpoint.</summary>
    /// <param name="window">Losses since the last logged step.</param>
    /// <param name="seconds">Seconds that the run took before it was resumed.</param>
    public void Restore(LossWindow window, double seconds) => (Window, _secondsBefore) = (window, seconds);

    /// <summary>Reports a step.</summary>
    /// <param name="step">Completed steps, including this one.</param>
    /// <param name="result">Loss, gradient norm and learning rate.</param>
    /// <param name="batches">The batches of the step.</param>
    /// <param name="seconds">Duration of the step.</param>
    /// <param name="validationLoss">The newest validation loss, or null.</param>
    /// <returns>Whether the step is logged.</returns>
    public bool Report(long step, StepResult result, IReadOnlyList<Batch> batches, double seconds, double? validationLoss)
    {
        Window = Window.With(result.Loss);
        _throughput.Add(seconds, batches.Sum(Units));
        bool logged = step == 1 || step == options.Steps || step % options.LogEvery == 0;
        events.Publish(new StepCompleted(step, options.Steps, Window.Mean, validationLoss, result.LearningRate,
            _throughput.Now, Unit, _throughput.Left(options.Steps - step, Stopwatch.GetElapsedTime(_training).TotalSeconds), logged));
        if (!logged)
            return false;
        Loss = Window.Mean;
        Window = LossWindow.Empty;
        metrics.Record(step, FigureNames.Loss, Loss.Value);
        metrics.Record(step, FigureNames.GradientNorm, result.GradientNorm);
        metrics.Record(step, FigureNames.LearningRate, result.LearningRate);
        metrics.Record(step, FigureNames.Seconds, Seconds);
        metrics.Record(step, FigureNames.Speed(Unit), _throughput.Now);
        return true;
    }

    /// <summary>Returns the share of the steps' time that was spent waiting for batches.</summary>
    /// <param name="waited">Time spent waiting.</param>
    public double DataWaitShare(TimeSpan waited) => _throughput.Seconds > 0 ? waited.TotalSeconds / _throughput.Seconds : 0;

    private long Units(Batch batch)
    {
        Tensor? tokens = batch.Find(BatchNames.InputIds);
        Unit = tokens is null ? "examples" : "tokens";
        return (tokens?.numel() ?? batch.Examples) * processes;
    }
}
