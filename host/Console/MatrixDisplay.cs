using Spectre.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Console;

/// <summary>
/// Which strategy trains which architecture, as a grid of marks. Strategy names form a staircase above their columns, so a
/// column is as wide as its marks, and each distinct mark is explained once below the grid.
/// </summary>
internal static class MatrixDisplay
{
    private const string Heading = "architecture";
    private const string Supported = "✓";

    /// <summary>Writes the grid and its footnotes. Strategies that do not fit continue in another grid below.</summary>
    /// <param name="console">Where to write; its width limits the lines.</param>
    /// <param name="architectures">The rows.</param>
    /// <param name="strategies">The columns.</param>
    /// <param name="devices">The devices that can run every supported combination.</param>
    public static void Show(
        IAnsiConsole console,
        IReadOnlyList<ComponentInfo> architectures,
        IReadOnlyList<ComponentInfo> strategies,
        IReadOnlyList<ComponentInfo> devices)
    {
        List<string> reasons =
        [
            .. architectures.SelectMany(a => strategies.Select(s => CombinationChecker.MissingInWords(a, s))).OfType<string>().Distinct(),
        ];
        int indent = architectures.Select(a => a.Name.Length).Append(Heading.Length).Max() + 2;
        int room = console.Profile.Width - indent;
        int mark = Letters(Math.Max(0, reasons.Count - 1)).Length;
        // Columns two spaces apart are easier to follow; one space lets more of them fit.
        int step = mark + (Fitting(strategies, room, mark + 2) == strategies.Count ? 2 : 1);
        for (IReadOnlyList<ComponentInfo> left = strategies; left.Count > 0;)
        {
            List<ComponentInfo> columns = [.. left.Take(Math.Max(1, Fitting(left, room, step)))];
            foreach (int column in Enumerable.Range(0, columns.Count))
            {
                string heading = column == columns.Count - 1 ? Heading : "";
                console.WriteLine(heading.PadRight(indent) + Row(Enumerable.Repeat("│", column), step) + columns[column].Name);
            }

            foreach (ComponentInfo architecture in architectures)
            {
                IEnumerable<string> marks = columns
                    .Select(strategy => CombinationChecker.MissingInWords(architecture, strategy))
                    .Select(missing => missing is null ? Supported : Letters(reasons.IndexOf(missing)));
                console.WriteLine((architecture.Name.PadRight(indent) + Row(marks, step)).TrimEnd());
            }

            console.WriteLine();
            left = [.. left.Skip(columns.Count)];
        }

        Grid footnotes = Terminal.Entries();
        footnotes.AddEntry(Supported, devices.Count > 0
            ? $"trains on {string.Join(", ", devices.Select(d => d.Name))}"
            : "trains, but no enabled plugin provides a device");
        foreach ((int index, string reason) in reasons.Index())
            footnotes.AddEntry(Letters(index), $"needs a model that is {reason}");
        console.Write(footnotes);
    }

    private static string Row(IEnumerable<string> marks, int step) => string.Concat(marks.Select(mark => mark.PadRight(step)));

    // The number of strategies whose names start above their column and end within the width.
    private static int Fitting(IEnumerable<ComponentInfo> strategies, int room, int step) =>
        strategies.Index().TakeWhile(s => (s.Index * step) + Math.Max(step, s.Item.Name.Length) <= room).Count();

    // a, b, ..., z, aa, ab, ...
    private static string Letters(int index) => index < 26 ? $"{(char)('a' + index)}" : Letters((index / 26) - 1) + Letters(index % 26);
}
