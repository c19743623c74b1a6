using System.Text;

namespace Tenon;

/// <summary>
/// Reads rows of separated values, with or without quoting as in RFC 4180. The text of cells is not modified; quoted line breaks are
/// kept as well. Malformed quoting is recorded as a fault of its row, and reading continues on the next line.
/// </summary>
public sealed class SeparatedValues : IDisposable
{
    private const byte Quote = (byte)'"';

    private readonly LineReader _lines;
    private readonly string _name;
    private readonly byte[] _delimiter;
    private readonly bool _hasQuotes;
    private readonly List<(int Start, int Length)> _cells = [];
    private byte[] _texts = new byte[1024]; // the unquoted cells of a row with quotes
    private int _used;
    private bool _isQuoted;
    private int _width; // number of cells in the first row
    private bool _areRows; // whether every line of the row so far looks like a row
    private (long Opened, long Closed)? _longCell;

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">UTF-8; disposed with the reader.</param>
    /// <param name="name">Name of the text in error messages.</param>
    /// <param name="delimiter">The character between cells.</param>
    /// <param name="hasQuotes">Whether cells may be quoted.</param>
    public SeparatedValues(Stream stream, string name, char delimiter, bool hasQuotes = true)
    {
        (_lines, _name, _hasQuotes) = (new LineReader(stream, name), name, hasQuotes);
        _delimiter = Encoding.UTF8.GetBytes([delimiter]);
    }

    /// <summary>Number of cells in the row.</summary>
    public int Count => _cells.Count;

    /// <summary>A cell without its quotes, in UTF-8. Valid until the next row is read.</summary>
    /// <param name="cell">In [0, <see cref="Count"/>).</param>
    public ReadOnlySpan<byte> this[int cell] => (_isQuoted ? _texts : _lines.Bytes).Slice(_cells[cell].Start, _cells[cell].Length);

    /// <summary>The first line of the row, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>The last line of the row that is not empty.</summary>
    public long LastLine { get; private set; }

    /// <summary>The error in the quoting of the row, with file and line, or null if there is none.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether the row is an empty line.</summary>
    public bool IsBlank => _cells is [(_, var length)] && !_isQuoted && LineReader.AreBlank(_lines.Bytes[..length]);

    /// <summary>
    /// A warning, with file and line, if each line of a quoted cell looks like a separate row, as if the quote had been closed too
    /// late. Null if there is nothing suspicious.
    /// </summary>
    public string? Suspicion => _areRows && _longCell is { } cell && Fault is null
        ? $"{_name}:{cell.Opened}: the quote opened here is closed in line {cell.Closed}, and each line from {Line} to {LastLine} looks " +
            "like a separate row, but together they are read as one row. If they are separate rows, close the quote where its cell " +
            "ends, or double it."
        : null;

    /// <summary>
    /// The start of an error message about the row: the file and line and, if a quote is closed on a later line, where it is opened
    /// and closed.
    /// </summary>
    public string Location => _longCell is { } cell
        ? $"{_name}:{cell.Opened}: the quote opened here is closed in line {cell.Closed}, and "
        : $"{_name}:{Line}: ";

    /// <summary>
    /// Rejects the row. An invalid row that spans several lines cannot be skipped, because a stray quote may have swallowed the rows
    /// after it.
    /// </summary>
    /// <param name="fault">File and line, what was found, and how to fix it.</param>
    /// <param name="reject">Receives the fault.</param>
    /// <exception cref="DataException">The row spans several lines, or <paramref name="reject"/> throws.</exception>
    public void Reject(string fault, Action<DataException> reject)
    {
        ArgumentNullException.ThrowIfNull(reject);
        if (LastLine > Line)
            throw new DataException($"{fault} The row cannot be skipped, because lines {Line} to {LastLine} would be skipped with it.");
        reject(new DataException(fault));
    }

    /// <summary>Returns a cell as text.</summary>
    /// <param name="cell">In [0, <see cref="Count"/>).</param>
    public string Text(int cell) => Encoding.UTF8.GetString(this[cell]);

    /// <summary>Returns all cells as texts.</summary>
    public string[] Texts() => [.. Enumerable.Range(0, Count).Select(Text)];

    /// <summary>Reads the next row. An empty line is a row with one empty cell.</summary>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="DataException">The text is not UTF-8, or a line is too long.</exception>
    public bool Read()
    {
        _cells.Clear();
        (Fault, _longCell, _areRows) = (null, null, false);
        if (!_lines.Read())
            return false;
        (Line, LastLine) = (_lines.Number, _lines.Number);
        _isQuoted = _hasQuotes && _lines.Bytes.Contains(Quote);
        if (_isQuoted)
            ReadQuoted();
        else
            Split();
        if (_width == 0 && !IsBlank)
            _width = Count;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private void Split()
    {
        ReadOnlySpan<byte> line = _lines.Bytes;
        for (int start = 0; ; start += _delimiter.Length)
        {
            int length = line[start..].IndexOf(_delimiter);
            _cells.Add((start, length < 0 ? line.Length - start : length));
            if (length < 0)
                return;
            start += length;
        }
    }

    private void ReadQuoted()
    {
        _used = 0;
        _areRows = IsLikeRow(_lines.Bytes);
        for (int at = 0; ; at += _delimiter.Length)
        {
            int start = _used;
            Fault = _lines.Bytes[at..].StartsWith(Quote) ? QuotedCell(ref at) : PlainCell(ref at);
            if (Fault is not null)
                return;
            _cells.Add((start, _used - start));
            if (at == _lines.Bytes.Length)
                return;
        }
    }

    // Moves to the delimiter after the cell, or to the end of the line.
    private string? PlainCell(ref int at)
    {
        ReadOnlySpan<byte> rest = _lines.Bytes[at..];
        int length = rest.IndexOf(_delimiter);
        ReadOnlySpan<byte> cell = length < 0 ? rest : rest[..length];
        Append(cell);
        at += cell.Length;
        return !cell.Contains(Quote) ? null
            : $"{_name}:{_lines.Number}: a quote inside an unquoted cell. Quote the cell and double the quote, or use a .tsv file, " +
                "which has no quoting.";
    }

    private string? QuotedCell(ref int at)
    {
        long opened = _lines.Number;
        at++;
        while (true)
        {
            ReadOnlySpan<byte> rest = _lines.Bytes[at..];
            int quote = rest.IndexOf(Quote);
            Append(quote < 0 ? rest : rest[..quote]);
            if (quote < 0)
            {
                Append(_lines.Ending);
                if (!NextLine())
                    return $"{_name}:{opened}: a quote is opened in this row and never closed. Close it, or double it if it belongs to " +
                        "the text.";
                at = 0;
                continue;
            }

            at += quote + 1;
            ReadOnlySpan<byte> after = rest[(quote + 1)..];
            if (after.StartsWith(Quote))
            {
                Append("\""u8);
                at++;
                continue;
            }

            long closed = _lines.Number;
            if (closed > opened)
                _longCell ??= (opened, closed);
            return after.IsEmpty || after.StartsWith(_delimiter) ? null
                : $"{_name}:{opened}: the quote opened here is closed in line {closed}, but the cell continues after it. Close it where " +
                    "the cell ends, and double any quote that belongs to the text.";
        }
    }

    // Returns false at the end of the text.
    private bool NextLine()
    {
        if (_used >= LineReader.Longest)
            throw new DataException($"{_name}:{Line}: the row is longer than the maximum of {LineReader.Longest >> 20} MiB. If a quote " +
                "is not closed in this row, close it.");
        if (!_lines.Read())
            return false;
        if (_lines.IsBlank)
            return true;
        LastLine = _lines.Number;
        _areRows = _areRows && IsLikeRow(_lines.Bytes);
        return true;
    }

    // Returns whether a line has as many delimiters as the first row. Before a space or at the end of the line, a delimiter counts as
    // punctuation.
    private bool IsLikeRow(ReadOnlySpan<byte> line)
    {
        int delimiters = 0;
        while (line.IndexOf(_delimiter) is >= 0 and int at)
        {
            line = line[(at + _delimiter.Length)..];
            if (!line.IsEmpty && line[0] != ' ')
                delimiters++;
        }

        return _width > 1 && delimiters == _width - 1;
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        if (_used + text.Length > _texts.Length)
            Array.Resize(ref _texts, Math.Max(_used + text.Length, _texts.Length * 2));
        text.CopyTo(_texts.AsSpan(_used));
        _used += text.Length;
    }
}
