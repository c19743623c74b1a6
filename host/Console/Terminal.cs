using Spectre.Console;

namespace Tenon.Cli.Console;

/// <summary>Creates consoles that suit the destination of the output.</summary>
internal static class Terminal
{
    private const int RedirectedWidth = 120;

    /// <summary>Colors and the window's width in a terminal; plain text, 120 columns wide, in a pipe or file.</summary>
    /// <param name="writer">Destination of the text.</param>
    public static IAnsiConsole Create(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        bool plain = !output.IsTerminal;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (plain)
            console.Profile.Width = RedirectedWidth;
        return console;
    }

    /// <summary>Returns a table in the common style.</summary>
    /// <param name="columns">Headings.</param>
    public static Table Table(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in columns)
            table.AddColumn(Markup.Escape(column));
        return table;
    }

    /// <summary>Returns a table of names and figures, without headings.</summary>
    public static Table Figures() =>
        new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned());

    /// <summary>Returns a grid of names with descriptions: names never wrap, and descriptions wrap in a column next to them.</summary>
    public static Grid Entries() => new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();

    /// <summary>Adds a name with its description, both plain text.</summary>
    /// <param name="entries">The grid.</param>
    /// <param name="name">The name, or a heading.</param>
    /// <param name="description">The description; empty for a heading.</param>
    /// <param name="detail">Less important text that follows the description.</param>
    public static void AddEntry(this Grid entries, string name, string description = "", string detail = "") =>
        entries.AddRow(new Text(name), new Paragraph(description).Append(detail, new Style(decoration: Decoration.Dim)));

    /// <summary>Adds a row of plain text without markup.</summary>
    /// <param name="table">The table.</param>
    /// <param name="cells">One for each column.</param>
    public static void AddTexts(this Table table, params string[] cells) => table.AddRow(cells.Select(c => new Text(c)));
}
