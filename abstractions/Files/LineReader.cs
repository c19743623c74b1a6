using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Tenon;

/// <summary>
/// Reads the lines of a text in a single pass, holding only one line in memory. A line ends with LF, CR LF or a single CR. Text that
/// is not valid UTF-8 causes an error that names the line.
/// </summary>
public sealed class LineReader : IDisposable
{
    /// <summary>Maximum length of a line in bytes, half the maximum number of characters in a .NET string.</summary>
    public const int Longest = 512 << 20;

    private const int MaxPointerLength = 1024;
    private static readonly SearchValues<byte> Whitespace = SearchValues.Create(" \t\r\f\v"u8);

    private readonly Stream _stream;
    private readonly string _name;
    private byte[] _buffer = new byte[1 << 20];
    private long _next; // offset of the next unread byte in the stream
    private int _line; // start of the line in the buffer
    private int _unread, _held; // start and end of the unread bytes in the buffer
    private int _length, _ending; // lengths of the line and its ending
    private bool _ended;

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">Read from its current position to its end, and disposed with the reader.</param>
    /// <param name="name">Name of the text in error messages.</param>
    public LineReader(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        (_stream, _name) = (stream, name);
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="name">Name of the file in error messages. Defaults to the path.</param>
    public static LineReader Open(string path, string? name = null) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan), name ?? path);

    /// <summary>The line without its ending. Valid until the next line is read.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_line, _length);

    /// <summary>The line ending. Empty if the last line of the text has none.</summary>
    public ReadOnlySpan<byte> Ending => _buffer.AsSpan(_line + _length, _ending);

    /// <summary>Number of the line, counted from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Offset of the line's first byte in the text.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether the line contains only white space.</summary>
    public bool IsBlank => AreBlank(Bytes);

    /// <summary>Returns whether a part of a line contains only white space.</summary>
    /// <param name="part">Bytes of a line.</param>
    public static bool AreBlank(ReadOnlySpan<byte> part) => !part.ContainsAnyExcept(Whitespace);

    /// <summary>Reads the next line.</summary>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="DataException">The text is not UTF-8, or the line is too long.</exception>
    public bool Read()
    {
        if (Number == 0)
            Begin();
        int searched = _unread;
        while (true)
        {
            int found = _buffer.AsSpan(searched, _held - searched).IndexOfAny((byte)'\n', (byte)'\r');
            int end = found < 0 ? _held : searched + found;
            bool isLast = end + 1 >= _held; // the byte after a CR is needed to recognize CR LF
            if (found >= 0 && (_ended || !isLast || _buffer[end] == '\n'))
                return Take(end - _unread, _buffer[end] == '\r' && !isLast && _buffer[end + 1] == '\n' ? 2 : 1);
            if (_ended)
                return _held > _unread && Take(_held - _unread, 0);
            searched = end - _unread;
            Fill();
            searched += _unread;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private bool Take(int length, int ending)
    {
        (_line, _length, _ending) = (_unread, length, ending);
        Offset = _next;
        Number++;
        _unread += length + ending;
        _next += length + ending;
        return Utf8.IsValid(Bytes) ? true : throw new DataException(
            $"{_name}:{Number}: byte 0x{Bytes[FirstInvalid(Bytes)]:X2} at offset {Offset + FirstInvalid(Bytes)} is not valid UTF-8. " +
            "Convert the file from its encoding: iconv -f WINDOWS-1252 -t UTF-8.");
    }

    // Moves the unread bytes to the front of the buffer and reads more bytes after them.
    private void Fill()
    {
        _buffer.AsSpan(_unread, _held - _unread).CopyTo(_buffer);
        (_unread, _held) = (0, _held - _unread);
        if (_held == _buffer.Length)
        {
            if (_held >= Longest)
                throw new DataException($"{_name}:{Number + 1}: the line is longer than the maximum of {Longest >> 20} MiB. Split it.");
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, Longest));
        }

        int read = _stream.Read(_buffer, _held, _buffer.Length - _held);
        _held += read;
        _ended = read == 0;
    }

    private void Begin()
    {
        FillTo(4);
        ReadOnlySpan<byte> start = _buffer.AsSpan(0, Math.Min(_held, 4));
        if (start.StartsWith("\uFEFF"u8))
        {
            _next = _unread = 3;
        }
        else if (start.StartsWith("vers"u8))
        {
            FillTo(MaxPointerLength + 1);
            if (_held <= MaxPointerLength && GitLfsPointer.Is(_buffer.AsSpan(0, _held)))
                throw new DataException($"{_name} {GitLfsPointer.Advice}.");
        }
        else if (OtherFormat(start) is { } fault)
        {
            throw new DataException($"{_name}: {fault}");
        }
    }

    private void FillTo(int count)
    {
        while (_held < count && !_ended)
            Fill();
    }

    private static string? OtherFormat(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return "the file starts with a UTF-16 byte order mark; text must be UTF-8. Convert it: iconv -f UTF-16 -t UTF-8.";
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return "the file is compressed with gzip, not text. Decompress it: gunzip.";
        if (start.StartsWith("PK\u0003\u0004"u8))
            return "the file is a ZIP archive or a workbook, not text. Extract it, or save the workbook as CSV in UTF-8.";
        return !start.Contains((byte)0) ? null
            : "the file has a zero byte at its start, as UTF-16 and binary files do; text must be UTF-8. Convert UTF-16: iconv -f " +
                "UTF-16LE -t UTF-8.";
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
