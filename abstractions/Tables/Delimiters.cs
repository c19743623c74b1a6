namespace Tenon;

/// <summary>Detects the delimiter of separated values: a comma, semicolon, tab or vertical bar.</summary>
public static class Delimiters
{
    // Number of rows that are compared to find the delimiter of a file without a header.
    private const int Rows = 100;
    private static readonly char[] Known = [',', ';', '\t', '|'];

    /// <summary>
    /// Returns the first delimiter that splits the first row as expected or, if none does, the delimiter that splits it into the
    /// most cells.
    /// </summary>
    /// <param name="open">Opens the text at its start.</param>
    /// <param name="name">Name of the text in error messages.</param>
    /// <param name="fits">Returns whether the cells of the first row are as expected. Null if any cells are possible.</param>
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
    /// Returns the delimiter that splits the most of the first rows into the same number of cells, where only rows with enough cells
    /// for the columns count, or else rows with at least two.
    /// </summary>
    /// <param name="open">Opens the text at its start.</param>
    /// <param name="name">Name of the text in error messages.</param>
    /// <param name="columns">Number of cells that a row needs.</param>
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

    // Returns the number of cells in each of the first rows.
    private static List<int> Widths(Func<Stream> open, string name, char delimiter)
    {
        using var values = new SeparatedValues(open(), name, delimiter);
        var widths = new List<int>();
        while (widths.Count < Rows && values.Read())
            widths.Add(values.Count);
        return widths;
    }

    // Returns how many rows have the most common number of cells, ignoring rows with too few.
    private static int Alike(List<int> widths, int least) =>
        widths.Where(width => width >= least).CountBy(width => width).Select(pair => pair.Value).DefaultIfEmpty().Max();
}
