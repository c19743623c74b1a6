using Spectre.Console;
using Spectre.Console.Rendering;

namespace Tenon.Cli.Console;

/// <summary>Creates consoles that suit the destination of the output.</summary>
internal static class Terminal
{
    private const int RedirectedWidth = 120;

    // The value of TERM for terminals that understand no escape codes, such as a shell inside an editor.
    private const string DumbTerminal = "dumb";

    /// <summary>
    /// Colors and the window's width in a terminal; plain text in a terminal without escape codes; plain text, 120 columns wide, in a
    /// pipe or file.
    /// </summary>
    /// <param name="writer">Destination of the text.</param>
    public static IAnsiConsole Create(TextWriter writer) =>
        Create(new AnsiConsoleOutput(writer), Environment.GetEnvironmentVariable("TERM"));

    /// <summary>Creates a console.</summary>
    /// <param name="output">Destination of the text.</param>
    /// <param name="terminal">The kind of terminal, as in the environment variable TERM.</param>
    internal static IAnsiConsole Create(IAnsiConsoleOutput output, string? terminal)
    {
        bool plain = !output.IsTerminal || terminal == DumbTerminal;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (!output.IsTerminal)
            console.Profile.Width = RedirectedWidth;
        return console;
    }

    /// <summary>Whether text can be rewritten in place.</summary>
    /// <param name="console">A console.</param>
    public static bool CanRewrite(this IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities is { Interactive: true, Ansi: true };

    /// <summary>Whether something can be shown without breaking words.</summary>
    /// <param name="console">Where to show it.</param>
    /// <param name="shown">What to show.</param>
    public static bool Fits(this IAnsiConsole console, IRenderable shown) =>
        shown.Measure(RenderOptions.Create(console), int.MaxValue / 2).Min <= console.Profile.Width;

    /// <summary>
    /// Writes a table. If the console is too narrow for it, each row becomes lines, one per cell, that start with the column's heading.
    /// </summary>
    /// <param name="console">Where to write.</param>
    /// <param name="table">The table.</param>
    public static void WriteTable(this IAnsiConsole console, Table table)
    {
        if (console.Fits(table))
        {
            console.Write(table);
            return;
        }

        if (table.Title is { } title)
            console.MarkupLine(title.Text);
        foreach (Spectre.Console.TableRow row in table.Rows)
        {
            Grid lines = Entries();
            foreach ((IRenderable cell, TableColumn column) in row.Zip(table.Columns).Where(cell => !IsEmpty(console, cell.First)))
                lines.AddRow(column.Header, cell);
            console.Write(lines);
            console.WriteLine();
        }
    }

    private static bool IsEmpty(IAnsiConsole console, IRenderable cell) =>
        cell.Measure(RenderOptions.Create(console), int.MaxValue / 2).Max == 0;

    /// <summary>Returns a table in the common style.</summary>
    /// <param name="columns">Headings.</param>
    public static Table Table(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in columns)
            table.AddColumn(PrintableText.Escape(column));
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
        entries.AddRow(new Text(PrintableText.Of(name)),
            new Paragraph(PrintableText.Of(description)).Append(PrintableText.Of(detail), new Style(decoration: Decoration.Dim)));

    /// <summary>Adds a row of plain text without markup.</summary>
    /// <param name="table">The table.</param>
    /// <param name="cells">One for each column.</param>
    public static void AddTexts(this Table table, params string[] cells) =>
        table.AddRow(cells.Select(cell => new Text(PrintableText.Of(cell))));
}
