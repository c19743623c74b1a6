namespace Tenon;

/// <summary>Finds the character between the cells of separated values: a comma, semicolon, tab or vertical bar.</summary>
public static class Delimiters
{
    // Rows that show which delimiter a file without a header has.
    private const int Rows = 100;
    private static readonly char[] Known = [',', ';', '\t', '|'];

    /// <summary>The first delimiter whose first row fits; if none does, the delimiter that gives the first row the most cells.</summary>
    /// <param name="open">Opens the text at its start.</param>
    /// <param name="name">The name in errors.</param>
    /// <param name="fits">Whether the cells of the first row are as expected; null: expects nothing.</param>
    public static char OfFirstRow(Func<Stream> open, string name, Func<string[], bool>? fits = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        (char Delimiter, string[] Cells)[] rows = [.. Known.Select(delimiter => (delimiter, FirstRow(open, name, delimiter)))];
        foreach ((char delimiter, string[] cells) in rows)
        {
            if (fits?.Invoke(cells) == true)
                return delimiter;
        }

        return rows.MaxBy(row => row.Cells.Length).Delimiter;
    }

    /// <summary>
    /// The delimiter that gives the most of the first rows the same number of cells, enough for the columns or else at least two.
    /// </summary>
    /// <param name="open">Opens the text at its start.</param>
    /// <param name="name">The name in errors.</param>
    /// <param name="columns">Cells that a row needs.</param>
    public static char OfRows(Func<Stream> open, string name, int columns)
    {
        ArgumentNullException.ThrowIfNull(open);
        return Known.Select(delimiter => (Delimiter: delimiter, Widths: Widths(open, name, delimiter)))
            .MaxBy(each => (Alike(each.Widths, Math.Max(2, columns)), Alike(each.Widths, 2))).Delimiter;
    }

    private static string[] FirstRow(Func<Stream> open, string name, char delimiter)
    {
        using var values = new SeparatedValues(open(), name, delimiter);
        while (values.Read())
        {
            if (!values.IsBlank)
                return values.Texts();
        }

        return [];
    }

    // Number of cells of the first rows.
    private static List<int> Widths(Func<Stream> open, string name, char delimiter)
    {
        using var values = new SeparatedValues(open(), name, delimiter);
        var widths = new List<int>();
        while (widths.Count < Rows && values.Read())
            widths.Add(values.Count);
        return widths;
    }

    // How many rows have the most frequent number of cells that is large enough.
    private static int Alike(List<int> widths, int least) =>
        widths.Where(width => width >= least).CountBy(width => width).Select(pair => pair.Value).DefaultIfEmpty().Max();
}
