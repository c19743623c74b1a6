using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Events;

namespace Tenon.Cli.Tests.Console;

public sealed class TrainingProgressTests
{
    private static readonly StepCompleted Step =
        new(50, 1000, 3.21456, 3.3, 3e-4, 12345.6, "tokens", TimeSpan.FromSeconds(80), IsLogged: true);

    [Fact]
    public void Without_a_terminal_each_line_of_metrics_is_a_line()
    {
        var text = new StringWriter();
        using (TrainingProgress progress = TrainingProgress.For(Console(text)))
        {
            progress.Handle(Step);
            progress.Handle(Step with { Step = 51, IsLogged = false });
            progress.Handle(Step with { Step = 1000, ValidationLoss = null });
        }

        text.ToString().ReplaceLineEndings("\n").Should().Be(
            "step   50/1000  loss 3.2146  validation 3.3000  learning rate 3.00e-04  12,346 tokens/s  1 min 20 s left\n" +
            "step 1000/1000  loss 3.2146  learning rate 3.00e-04  12,346 tokens/s\n");
    }

    [Fact]
    public void Without_a_terminal_long_work_is_reported_now_and_then()
    {
        var text = new StringWriter();
        using var clock = new ManualClock();
        using (var progress = new PlainProgress(Console(text), clock))
        {
            progress.Handle(new ActivityChanged("reading the data"));
            clock.Advance(PlainProgress.Quiet);
            progress.Handle(new PartReady("data", "1 file"));
            clock.Advance(PlainProgress.Quiet / 2);
            progress.Handle(new ActivityChanged("sampling, 1 of 50 passes"));
            clock.Advance(PlainProgress.Quiet / 2);
            progress.Handle(new ActivityChanged("sampling, 2 of 50 passes"));
            clock.Advance(PlainProgress.Quiet);
            progress.Handle(new ActivityChanged(null));
            progress.Handle(Step with { IsLogged = false });
            clock.Advance(PlainProgress.Quiet);
        }

        clock.Advance(PlainProgress.Quiet);
        text.ToString().ReplaceLineEndings("\n").Should().Be(
            "reading the data (for 10 s)\n" +
            "data       1 file\nsampling, 1 of 50 passes (for 5.0 s)\n" +
            "sampling, 2 of 50 passes (for 10 s)\ntraining, 50 of 1000 steps\n");
    }

    [Fact]
    public void In_a_terminal_the_last_figures_stay_on_the_screen()
    {
        var text = new StringWriter();
        IAnsiConsole console = Console(text);
        console.Profile.Capabilities.Interactive = true;
        console.Profile.Width = 120;
        using (var progress = new LiveProgress(console))
        {
            progress.Handle(Step);
            progress.Handle(new Warned("a [note]"));
        }

        text.ToString().Should().Contain("a [note]").And.Contain("step 50 of 1,000").And.Contain("loss 3.2146  validation 3.3000")
            .And.Contain("1 min 20 s left");
    }

    [Fact]
    public void The_summary_shows_what_is_known()
    {
        var text = new StringWriter();
        new RunSummary
        {
            Folder = "/runs/gpt",
            Steps = 1000,
            Loss = 1.5,
            ValidationLoss = 1.6,
            Perplexity = 4.953,
            Time = TimeSpan.FromMinutes(61),
            UnitsPerSecond = 2200,
            Unit = "tokens",
            DataWaitShare = 0.012,
            PeakMemory = null,
        }.Show(Console(text));
        text.ToString().Should().ContainAll("1,000", "1.5000", "4.95", "1 h 01 min", "2,200 tokens/s", "1.2").And.NotContain("peak memory");
    }

    private static IAnsiConsole Console(StringWriter text) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(text),
    });

    // Fires its timer when the time passes.
    private sealed class ManualClock : TimeProvider, IDisposable
    {
        public void Dispose() => _timer?.Dispose();

        private long _now;
        private Timer? _timer;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _timer = new Timer(callback);

        public void Advance(TimeSpan by)
        {
            _now += by.Ticks;
            _timer!.Fire();
        }

        private sealed class Timer(TimerCallback callback) : ITimer
        {
            private bool _disposed;

            public void Fire()
            {
                if (!_disposed)
                    callback(null);
            }

            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose() => _disposed = true;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
