using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Events;

namespace Tenon.Cli.Tests.Console;

public sealed class TrainingProgressTests
{
    private static readonly StepCompleted Step = new(50, 1000, 3.21456, 3.3, 3e-4, 12345.6, "tokens", TimeSpan.FromSeconds(80), IsLogged: true);

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

        text.ToString().Should().Contain("a [note]").And.Contain("step 50 of 1,000").And.Contain("loss 3.2146  validation 3.3000").And.Contain("1 min 20 s left");
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
}
