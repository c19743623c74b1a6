using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Tenon.Text.Files;

/// <summary>One line of a file, without its line ending.</summary>
/// <param name="offset">Offset of its first byte.</param>
/// <param name="number">Line number, from 1.</param>
/// <param name="bytes">Valid UTF-8; only usable during the visit.</param>
internal readonly ref struct TextLine(long offset, long number, ReadOnlySpan<byte> bytes)
{
    public long Offset { get; } = offset;

    public long Number { get; } = number;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>Called for each line.</summary>
internal delegate void LineVisitor(TextLine line);

/// <summary>
/// Reads the lines of a file once, with memory for the longest line only, and rejects invalid UTF-8. A line ends with LF, CR LF
/// or a single CR.
/// </summary>
internal static class LineScanner
{
    /// <summary>Longest document; .NET strings can have twice as many characters.</summary>
    public const int MaxDocumentBytes = 512 << 20;

    private static readonly SearchValues<byte> Whitespace = SearchValues.Create(" \t\r\f\v"u8);

    /// <summary>Visits each line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name in errors.</param>
    /// <param name="visit">Called for each line in order.</param>
    /// <exception cref="DataException">The file is not UTF-8, or a line is too long.</exception>
    public static void Scan(string path, string name, LineVisitor visit)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        byte[] buffer = new byte[1 << 20];
        int held = 0;
        long offset = 0;
        long number = 1;
        bool first = true;
        while (true)
        {
            int read = file.ReadAtLeast(buffer.AsSpan(held), 1, throwOnEndOfStream: false);
            bool ended = read == 0;
            int searched = Math.Max(0, held - 1); // a CR may depend on the byte after it
            held += read;
            if (first && (held >= 3 || ended))
            {
                int mark = ByteOrderMark(buffer.AsSpan(0, held), name);
                buffer.AsSpan(mark, held - mark).CopyTo(buffer);
                held -= mark;
                offset += mark;
                searched = 0;
                first = false;
            }

            int start = 0;
            int end;
            while (!first && (end = buffer.AsSpan(searched, held - searched).IndexOfAny((byte)'\n', (byte)'\r')) >= 0)
            {
                end += searched;
                bool last = end + 1 == held;
                if (buffer[end] == '\r' && last && !ended)
                    break; // the next byte distinguishes CR from CR LF
                Visit(new TextLine(offset + start, number++, buffer.AsSpan(start, end - start)), name, visit);
                start = searched = end + (buffer[end] == '\r' && !last && buffer[end + 1] == '\n' ? 2 : 1);
            }

            if (ended)
            {
                if (held > start)
                    Visit(new TextLine(offset + start, number, buffer.AsSpan(start, held - start)), name, visit);
                return;
            }

            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
            offset += start;
            if (held == buffer.Length)
            {
                if (held >= MaxDocumentBytes)
                    throw new DataException(
                        $"{name}:{number}: the line is longer than the maximum of {MaxDocumentBytes >> 20} MiB. Split it.");
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxDocumentBytes));
            }
        }
    }

    /// <summary>Whether a line is only white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) => !line.ContainsAnyExcept(Whitespace);

    private static int ByteOrderMark(ReadOnlySpan<byte> start, string name)
    {
        if (start.StartsWith("\uFEFF"u8))
            return 3;
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new DataException(
                $"{name}: the file starts with a UTF-16 byte order mark; text must be UTF-8. Convert it: iconv -f UTF-16 -t UTF-8.");
        return 0;
    }

    private static void Visit(TextLine line, string name, LineVisitor visit)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        if (!Utf8.IsValid(bytes))
        {
            int at = FirstInvalid(bytes);
            throw new DataException(
                $"{name}:{line.Number}: byte 0x{bytes[at]:X2} at offset {line.Offset + at} is not valid UTF-8. Convert the file from " +
                "its encoding: iconv -f WINDOWS-1252 -t UTF-8.");
        }

        visit(line);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
