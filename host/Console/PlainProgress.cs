using Spectre.Console;
using Tenon.Host.Events;

namespace Tenon.Cli.Console;

/// <summary>Progress as lines, for files, pipes and continuous integration: one per line of metrics.</summary>
/// <param name="console">Where to write.</param>
internal sealed class PlainProgress(IAnsiConsole console) : TrainingProgress
{
    /// <inheritdoc/>
    public override void Dispose() => console.Profile.Out.Writer.Flush();

    /// <inheritdoc/>
    protected override void Report(StepCompleted step)
    {
        if (!step.IsLogged)
            return;
        string number = step.Step.ToString().PadLeft(step.Total.ToString().Length);
        string validation = step.ValidationLoss is { } loss ? $"  validation {TextFormat.Loss(loss)}" : "";
        string left = step.Left is { } time && step.Step < step.Total ? $"  {TextFormat.Time(time)} left" : "";
        Say($"step {number}/{step.Total}  loss {TextFormat.Loss(step.Loss)}{validation}  learning rate {TextFormat.Rate(step.LearningRate)}  {TextFormat.Count(step.UnitsPerSecond)} {step.Unit}/s{left}");
    }

    /// <summary>Shows nothing: the next step's line has the loss.</summary>
    /// <param name="validated">Not used.</param>
    protected override void Report(Validated validated)
    {
    }

    /// <summary>Shows nothing: lines report what is finished.</summary>
    /// <param name="activity">Not used.</param>
    protected override void Doing(string? activity)
    {
    }

    // Not console.WriteLine, which wraps lines at 80 columns when the output is not a terminal.
    /// <inheritdoc/>
    protected override void Say(string text) => console.Profile.Out.Writer.WriteLine(text);
}
