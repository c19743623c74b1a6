using Spectre.Console;
using Spectre.Console.Rendering;

namespace Tenon.Cli.Console;

/// <summary>
/// Progress in place, in a terminal: a bar and the newest figures. A thread of its own draws a few times a second, so
/// that training never waits for the screen.
/// </summary>
internal sealed class LiveProgress : ITrainingProgress
{
    private const int BarWidth = 40;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private readonly IAnsiConsole console;
    private readonly ManualResetEventSlim ending = new();
    private readonly Thread drawing;
    private volatile ProgressFigures? figures;
    private volatile string? doing = "starting";

    /// <summary>Starts to draw.</summary>
    /// <param name="console">A terminal.</param>
    public LiveProgress(IAnsiConsole console)
    {
        this.console = console;
        drawing = new Thread(Draw) { IsBackground = true, Name = "progress" };
        drawing.Start();
    }

    /// <inheritdoc/>
    public void Report(ProgressFigures figures)
    {
        this.figures = figures;
        doing = null;
    }

    /// <inheritdoc/>
    public void Doing(string? what) => doing = what;

    /// <inheritdoc/>
    public void Say(string text)
    {
        // The live lines stand where the text goes; what it is shorter than they are would stay beside it.
        int width = console.Profile.Width - 1;
        console.WriteLine(string.Join('\n', text.Split('\n').Select(line => line.PadRight(width))));
    }

    /// <summary>Draws once more and leaves the last state on the screen.</summary>
    public void Dispose()
    {
        ending.Set();
        drawing.Join();
        ending.Dispose();
    }

    private void Draw() => console.Live(Render()).AutoClear(false).Start(context =>
    {
        bool ended;
        do
        {
            ended = ending.Wait(Redraw);
            context.UpdateTarget(Render());
        }
        while (!ended);
    });

    /// <summary>The display as it is now.</summary>
    internal IRenderable Render()
    {
        if (figures is not { } now)
            return new Markup($"[grey]{Markup.Escape(doing ?? "")}[/]");
        double share = now.Total > 0 ? Math.Clamp(now.Step / (double)now.Total, 0, 1) : 1;
        int filled = (int)(share * BarWidth);
        string last = doing ?? (now.Step < now.Total && now.Left is { } left ? $"{Wording.Time(left)} left" : "");
        var bar = new Markup($"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/] {100 * share:F0} %  step {Wording.Count(now.Step)} of {Wording.Count(now.Total)}  [grey]{Markup.Escape(last)}[/]");
        string validation = now.ValidationLoss is { } loss ? $"  [grey]validation[/] [yellow]{Wording.Loss(loss)}[/]" : "";
        var line = new Markup($"[grey]loss[/] [aqua]{Wording.Loss(now.Loss)}[/]{validation}  [grey]learning rate[/] {Wording.Rate(now.LearningRate)}  {Wording.Count(now.UnitsPerSecond)} [grey]{now.Unit}/s[/]");
        return new Rows(bar, line);
    }
}
