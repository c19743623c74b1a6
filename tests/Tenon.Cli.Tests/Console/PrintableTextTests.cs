using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Cli.Tests.Console;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain ü 漢 🙂", "plain ü 漢 🙂")]
    [InlineData("\u001b[2J\u001b]0;title\a", "\\u001b[2J\\u001b]0;title\\u0007")]
    [InlineData("a\tb\nc\r\nd", "a\tb\nc\r\nd")]
    [InlineData("shown\rhidden\r", "shown\\u000dhidden\\u000d")]
    [InlineData("\0\b\u007f\u009b", "\\u0000\\u0008\\u007f\\u009b")]
    public void Control_characters_are_escaped(string text, string shown) => PrintableText.Of(text).Should().Be(shown);

    [Fact]
    public void Lines_tables_and_titles_are_escaped()
    {
        using var output = new StringWriter();
        IAnsiConsole console = Terminal.Create(output);
        Table table = Terminal.Table("label\u001b[31m").Title(PrintableText.Escape("title\u001b[32m"));
        table.AddTexts("cell\u001b[33m");

        console.Text().WriteLine("line\u001b[34m");
        console.WriteTable(table);

        output.ToString().Should().NotContain("\u001b").And.ContainAll("\\u001b[34m", "\\u001b[33m", "\\u001b[32m", "\\u001b[31m");
    }

    [Fact]
    public void Every_way_to_write_is_escaped()
    {
        using var output = new StringWriter();
        using TextWriter text = PrintableText.Over(output);

        text.Write('\u001b');
        text.Write("\u001b".AsSpan());
        text.Write(['a', '\u001b'], 0, 2);
        text.Write("{0}", "\u001b");
        text.WriteLine("\u001b".AsSpan());

        output.ToString().Should().Be("\\u001b\\u001ba\\u001b\\u001b\\u001b" + Environment.NewLine);
    }
}
