using System.Globalization;
using Spectre.Console;
using Tenon.Host.Events;

namespace Tenon.Cli.Console;

/// <summary>
/// Progress as lines, for files, pipes and continuous integration: one for each line of metrics. If nothing has been printed for a
/// while, a line reports the current activity.
/// </summary>
internal sealed class PlainProgress : TrainingProgress
{
    /// <summary>Time without output after which a line reports the activity.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TextWriter _text;
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _lastOutput;
    private long _began;
    private string? _activity = "starting";
    private StepCompleted? _step;

    /// <summary>Starts the timer.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="clock">The clock; null for the system clock.</param>
    public PlainProgress(IAnsiConsole console, TimeProvider? clock = null)
    {
        _console = console;
        _text = console.Text();
        _clock = clock ?? TimeProvider.System;
        _lastOutput = _began = _clock.GetTimestamp();
        _timer = _clock.CreateTimer(_ => Remind(), state: null, Quiet, Quiet);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
            _text.Flush();
    }

    /// <inheritdoc/>
    protected override void Report(StepCompleted step)
    {
        lock (_lock)
            _step = step;
        if (!step.IsLogged)
            return;
        string number = step.Step.ToString().PadLeft(step.Total.ToString().Length);
        string[] figures =
        [
            $"step {number}/{step.Total}",
            $"loss {TextFormat.Loss(step.Loss)}",
            step.ValidationLoss is { } loss ? $"validation {TextFormat.Loss(loss)}" : "",
            $"learning rate {TextFormat.Rate(step.LearningRate)}",
            $"{TextFormat.Count(step.UnitsPerSecond)} {step.Unit}/s",
            step.Left is { } time && step.Step < step.Total ? $"{TextFormat.Time(time)} left" : "",
        ];
        // One line in files and pipes, which programs read.
        int width = _console.Profile.Out.IsTerminal ? _console.Profile.Width : int.MaxValue;
        WriteText(string.Join(Environment.NewLine, TextFormat.Lines(figures, width, figure => figure.Length)));
    }

    /// <summary>Shows nothing: the next step's line contains the loss.</summary>
    /// <param name="validated">Not used.</param>
    protected override void Report(Validated validated)
    {
    }

    /// <summary>Shows nothing yet: short activities get no line.</summary>
    /// <param name="activity">A description of the activity.</param>
    protected override void ShowActivity(string? activity)
    {
        lock (_lock)
            (_activity, _began) = (activity, activity == _activity ? _began : _clock.GetTimestamp());
    }

    // Not console.WriteLine, which wraps lines at 80 columns when the output is not a terminal.
    /// <inheritdoc/>
    protected override void WriteText(string text)
    {
        lock (_lock)
        {
            _text.WriteLine(text);
            _lastOutput = _clock.GetTimestamp();
        }
    }

    // On the timer's thread, because a long activity need not report anything itself.
    private void Remind()
    {
        lock (_lock)
        {
            if (_clock.GetElapsedTime(_lastOutput) < Quiet)
                return;
            string what = _activity is { } activity
                ? $"{activity} (for {TextFormat.Time(_clock.GetElapsedTime(_began))})"
                : _step is { } step ? string.Create(CultureInfo.InvariantCulture, $"training, {step.Step} of {step.Total} steps")
                    : "training";
            _text.WriteLine(what);
            _text.Flush();
            _lastOutput = _clock.GetTimestamp();
        }
    }
}
