using Spectre.Console;
using Spectre.Console.Rendering;
using Tenon.Host.Events;

namespace Tenon.Cli.Console;

/// <summary>
/// Live progress in a terminal: a bar and the latest figures. A separate thread redraws a few times per second, so training
/// never waits for the terminal.
/// </summary>
internal sealed class LiveProgress : TrainingProgress
{
    private const int LongestBar = 40;
    private const int ShortestBar = 10;
    // Room for percentage, step and remaining time next to the bar.
    private const int BesideBar = 40;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private readonly IAnsiConsole _console;
    private readonly ManualResetEventSlim _ending = new();
    private readonly Thread _drawing;
    private volatile StepCompleted? _step;
    private volatile string? _activity = "starting";

    /// <summary>Starts drawing.</summary>
    /// <param name="console">A terminal.</param>
    public LiveProgress(IAnsiConsole console)
    {
        _console = console;
        _drawing = new Thread(Draw) { IsBackground = true, Name = "progress" };
        _drawing.Start();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _ending.Set();
        _drawing.Join();
        _ending.Dispose();
    }

    /// <inheritdoc/>
    protected override void Report(StepCompleted step)
    {
        _step = step;
        _activity = null;
    }

    /// <inheritdoc/>
    protected override void Report(Validated validated)
    {
        if (_step is { } step)
            Report(step with { ValidationLoss = validated.Loss });
    }

    /// <inheritdoc/>
    protected override void ShowActivity(string? activity) => _activity = activity;

    /// <inheritdoc/>
    protected override void WriteText(string text)
    {
        // The text overwrites the live lines; the rest of a longer line would remain.
        int width = _console.Profile.Width - 1;
        IRenderable wrapped = new Text(PrintableText.Of(text));
        IEnumerable<string> lines = Segment.SplitLines(wrapped.Render(RenderOptions.Create(_console), width))
            .Select(line => string.Concat(line.Select(segment => segment.Text)) + new string(' ', Math.Max(0, width - line.CellCount())));
        _console.WriteLine(string.Join('\n', lines));
    }

    private void Draw() => _console.Live(Render()).AutoClear(false).Start(context =>
    {
        bool ended;
        do
        {
            ended = _ending.Wait(Redraw);
            context.UpdateTarget(Render());
        }
        while (!ended);
    });

    /// <summary>Returns the current display.</summary>
    internal IRenderable Render()
    {
        if (_step is not { } now)
            return new Markup($"[grey]{PrintableText.Escape(_activity ?? "")}[/]");
        double share = now.Total > 0 ? Math.Clamp(now.Step / (double)now.Total, 0, 1) : 1;
        int width = _console.Profile.Width;
        int bar = Math.Clamp(width - BesideBar, ShortestBar, LongestBar);
        int filled = (int)(share * bar);
        string last = _activity ?? (now.Step < now.Total && now.Left is { } left ? $"{TextFormat.Time(left)} left" : "");
        string[] first =
        [
            $"[green]{new string('━', filled)}[/][grey]{new string('━', bar - filled)}[/] {100 * share:F0} %",
            $"step {TextFormat.Count(now.Step)} of {TextFormat.Count(now.Total)}",
            last.Length > 0 ? $"[grey]{PrintableText.Escape(last)}[/]" : "",
        ];
        string[] second =
        [
            $"[grey]loss[/] [aqua]{TextFormat.Loss(now.Loss)}[/]",
            now.ValidationLoss is { } loss ? $"[grey]validation[/] [yellow]{TextFormat.Loss(loss)}[/]" : "",
            $"[grey]learning rate[/] {TextFormat.Rate(now.LearningRate)}",
            $"{TextFormat.Count(now.UnitsPerSecond)} [grey]{PrintableText.Escape(now.Unit)}/s[/]",
        ];
        IEnumerable<string> lines =
            new[] { first, second }.SelectMany(parts => TextFormat.Lines(parts, width, part => Markup.Remove(part).Length));
        return new Rows(lines.Select(line => new Markup(line)));
    }
}
