using Spectre.Console;
using Tenon.Host.Events;

namespace Tenon.Cli.Console;

/// <summary>Shows the progress of a run from its events.</summary>
internal abstract class TrainingProgress : IDisposable
{
    private const int PartWidth = 11;

    /// <summary>Returns a live display in a terminal that can rewrite text, lines elsewhere.</summary>
    /// <param name="console">Where to show it.</param>
    public static TrainingProgress For(IAnsiConsole console) =>
        console.CanRewrite() ? new LiveProgress(console) : new PlainProgress(console);

    /// <summary>Returns a line that describes a part of a run: <c>model      gpt, 2,197,632 parameters</c>.</summary>
    /// <param name="part">The part.</param>
    /// <param name="description">Name and size.</param>
    public static string PartLine(string part, string description) => $"{part.PadRight(PartWidth)}{description}";

    /// <summary>Shows an event.</summary>
    /// <param name="runEvent">The event; other events are ignored.</param>
    public void Handle(RunEvent runEvent)
    {
        switch (runEvent)
        {
            case ActivityChanged { Activity: var activity }:
                ShowActivity(activity);
                break;
            case StepCompleted step:
                Report(step);
                break;
            case Validated validated:
                Report(validated);
                break;
            case PartReady ready:
                WriteText(PartLine(ready.Part, ready.Description));
                break;
            case FolderReady { Folder: var folder }:
                WriteText(PartLine("folder", TextFormat.Relative(folder)));
                break;
            case SamplesWritten samples:
                WriteText(samples.Text is { } text
                    ? $"samples after step {samples.Step}:\n{text.TrimEnd()}"
                    : $"samples after step {samples.Step}: {samples.File}");
                break;
            case TrainingDiverged { Checkpoint: { } checkpoint }:
                WriteText(PartLine("checkpoint", $"{TextFormat.Relative(checkpoint)} is the last good one. 'resume' continues from it; " +
                    "add --training:learningRate to lower the rate"));
                break;
            case TrainingDiverged:
                WriteText(PartLine("checkpoint", "none was written yet; set checkpoints:every to write some"));
                break;
            case FinishingFailed failed:
                WriteText(PartLine("model", $"{TextFormat.Relative(failed.Folder)} contains the trained model; the failure occurred " +
                    $"after training{(failed.CanRepeat ? ", and 'resume' repeats the failed work" : "")}"));
                break;
            case Warned { Message: var message }:
                WriteText(message);
                break;
        }
    }

    /// <summary>Ends the display and leaves its last state visible.</summary>
    public abstract void Dispose();

    /// <summary>Shows a step.</summary>
    /// <param name="step">Its figures.</param>
    protected abstract void Report(StepCompleted step);

    /// <summary>Shows a validation.</summary>
    /// <param name="validated">Its figures.</param>
    protected abstract void Report(Validated validated);

    /// <summary>Shows an activity other than training; null means training.</summary>
    /// <param name="activity">A few words.</param>
    protected abstract void ShowActivity(string? activity);

    /// <summary>Shows a text permanently.</summary>
    /// <param name="text">Plain text, without markup.</param>
    protected abstract void WriteText(string text);
}
