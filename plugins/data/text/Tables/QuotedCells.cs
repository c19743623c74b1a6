namespace Tenon.Text.Tables;

/// <summary>Describes quoting errors in a row of separated values (RFC 4180, section 2).</summary>
internal static class QuotedCells
{
    /// <summary>Describes the first misplaced quote of a row and its location.</summary>
    /// <param name="row">The row as written; cells may contain line ends.</param>
    /// <param name="delimiter">The character between cells.</param>
    /// <param name="file">The file, for the message.</param>
    /// <param name="line">Line of the row's start.</param>
    public static string Fault(ReadOnlySpan<char> row, char delimiter, string file, int line)
    {
        bool starts = true; // a cell
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] == '"' && starts)
            {
                int opened = line + LineEnds(row[..i]);
                int close = Close(row, i + 1);
                if (close < 0)
                    return $"{file}:{opened}: a quote is opened in this row and never closed. Close it, or double it if it belongs " +
                        "to the text.";
                if (close + 1 < row.Length && row[close + 1] != delimiter && row[close + 1] is not ('\r' or '\n'))
                {
                    return $"{file}:{opened}: the quote opened here is closed in line {line + LineEnds(row[..close])}, but the cell " +
                        "continues after it. "
                        + "Close it where the cell ends, and double any quote that belongs to the text.";
                }

                i = close;
                starts = false;
            }
            else if (row[i] == '"')
            {
                return $"{file}:{line + LineEnds(row[..i])}: a quote inside an unquoted cell. Quote the cell and double the quote, " +
                    "or use a .tsv file, which has no quoting.";
            }
            else
            {
                starts = row[i] == delimiter || row[i] is '\r' or '\n';
            }
        }

        return $"{file}:{line}: the row is quoted incorrectly. Quote whole cells, and double any quote that belongs to the text.";
    }

    /// <summary>
    /// The location of a correctly quoted row, with the first quote that is closed in a later line, if there is one.
    /// </summary>
    /// <param name="row">The row as written.</param>
    /// <param name="delimiter">The character between cells.</param>
    /// <param name="file">The file.</param>
    /// <param name="line">Line of the row's start.</param>
    public static string Location(ReadOnlySpan<char> row, char delimiter, string file, int line)
    {
        bool starts = true; // a cell
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] == '"' && starts && Close(row, i + 1) is > 0 and int close)
            {
                int opened = line + LineEnds(row[..i]), closed = line + LineEnds(row[..close]);
                if (closed > opened)
                    return $"{file}:{opened}: the quote opened here is closed in line {closed}, and ";
                i = close;
                starts = false;
            }
            else
            {
                starts = row[i] == delimiter;
            }
        }

        return $"{file}:{line}: ";
    }

    /// <summary>Number of line ends in a text: LF, CR LF or CR alone.</summary>
    public static int LineEnds(ReadOnlySpan<char> text) => text.Count('\n') + text.Count('\r') - text.Count("\r\n");

    // Neither character of a doubled quote closes the cell.
    private static int Close(ReadOnlySpan<char> row, int from)
    {
        for (int i = from; i < row.Length; i++)
        {
            if (row[i] != '"')
                continue;
            if (i + 1 == row.Length || row[i + 1] != '"')
                return i;
            i++;
        }

        return -1;
    }
}
