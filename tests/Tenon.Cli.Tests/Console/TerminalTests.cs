using System.Text;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Events;

namespace Tenon.Cli.Tests.Console;

/// <summary>What fits into narrow terminals, and what a terminal without escape codes gets.</summary>
public sealed class TerminalTests
{
    private static readonly StepCompleted Step =
        new(50, 1000, 3.21456, 3.3, 3e-4, 12345.6, "tokens", TimeSpan.FromSeconds(80), IsLogged: true);

    [Fact]
    public void A_terminal_without_escape_codes_gets_lines_that_are_not_rewritten()
    {
        var output = new FakeTerminal(60);
        IAnsiConsole console = Cli.Console.Terminal.Create(output, "dumb");

        using (TrainingProgress progress = TrainingProgress.For(console))
        {
            progress.Should().BeOfType<PlainProgress>();
            progress.Handle(Step);
        }

        console.MarkupLine("[red]a warning[/]");
        console.WriteTable(Table());
        output.Text.Should().NotContain("\u001b").And.NotContain("\r").And.Contain("a warning");
        console.Profile.Width.Should().Be(60, "a terminal has its own width");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    public void Progress_fits_and_breaks_between_figures(int width)
    {
        var output = new FakeTerminal(width);
        using (TrainingProgress progress = TrainingProgress.For(Cli.Console.Terminal.Create(output, "dumb")))
            progress.Handle(Step);

        output.Lines.Should().OnlyContain(line => line.Length <= width);
        string[] figures = ["step   50/1000", "loss 3.2146", "validation 3.3000", "learning rate 3.00e-04", "12,346 tokens/s",
            "1 min 20 s left"];
        figures.Should().AllSatisfy(figure => output.Lines.Should().Contain(line => line.Contains(figure)));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    public void The_live_display_fits_and_breaks_between_figures(int width)
    {
        var output = new FakeTerminal(width);
        IReadOnlyList<string> lines;
        using (var progress = new LiveProgress(Cli.Console.Terminal.Create(output, "dumb")))
        {
            progress.Handle(Step);
            progress.Handle(new Warned("a warning that is longer than the terminal is wide, so that it is wrapped at a space between " +
                "its words"));
            lines = ManyComponents.Lines(width, console => console.Write(progress.Render()));
        }

        lines.Should().OnlyContain(line => line.Length <= width);
        string[] figures = ["step 50 of 1,000", "loss 3.2146", "validation 3.3000", "learning rate 3.00e-04", "12,346 tokens/s",
            "1 min 20 s left"];
        figures.Should().AllSatisfy(figure => lines.Should().Contain(line => line.Contains(figure)));
        output.Lines.Should()
            .Contain(line => line.StartsWith("a warning that is longer") && line.Length < width, "a text between is wrapped too");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    public void Tables_fit_and_keep_their_words(int width)
    {
        IReadOnlyList<string> lines = ManyComponents.Lines(width, console => console.WriteTable(Table()));

        lines.Should().OnlyContain(line => line.Length <= width);
        string text = string.Join('\n', lines);
        text.Should().ContainAll("embeddingDropout", "0.000000000000000001", "probability", "hyperparameter-optimization");
    }

    [Fact]
    public void A_table_that_is_too_wide_becomes_a_line_for_each_cell()
    {
        IReadOnlyList<string> lines = ManyComponents.Lines(40, console => console.WriteTable(Table()));

        lines.Select(line => line.Trim()).Should()
            .ContainInOrder("option   embeddingDropout", "type     probability", "default  0.000000000000000001");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    public void A_confusion_matrix_that_is_too_wide_becomes_a_list(int width)
    {
        var matrix = new ConfusionMatrix([.. Enumerable.Range(0, 12).Select(i => $"category-{i}")]);
        for (int i = 0; i < 12; i++)
        {
            matrix.Add(i, i);
            matrix.Add(i, i);
            matrix.Add(i, (i + 1) % 12);
        }

        IReadOnlyList<string> lines = ManyComponents.Lines(width, console => ClassificationTable.Show(console, matrix));

        lines.Should().OnlyContain(line => line.Length <= width);
        string text = System.Text.RegularExpressions.Regex.Replace(string.Join(' ', lines), @"[\s│]+", " ");
        text.Should().Contain("category-3 2, category-4 1");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    public void Results_fit(int width)
    {
        IReadOnlyList<string> lines = ManyComponents.Lines(width, console =>
        {
            ClassificationTable.Show(console, [new ClassificationBaseline("naive Bayes over words", 0.91, 0.9),
                new ClassificationBaseline("bert (this run)", 0.97, 0.96)]);
            ComponentListing.Show(console, ManyComponents.Strategies);
        });

        lines.Should().OnlyContain(line => line.Length <= width);
    }

    private static Table Table()
    {
        Table table = Cli.Console.Terminal.Table("option", "type", "default", "allowed", "meaning");
        table.AddTexts("embeddingDropout", "probability", "0.000000000000000001", "0 … 0.9",
            "Share of the values that are dropped, for hyperparameter-optimization.");
        table.AddTexts("layers", "integer", "12", "1 … 1000", "Number of layers.");
        return table;
    }

    private sealed class FakeTerminal(int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer { get; } = new StringWriter();

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => 25;

        public string Text => Writer.ToString()!.ReplaceLineEndings("\n");

        public string[] Lines => Text.Split('\n');

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
