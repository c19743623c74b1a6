using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Tenon.Text.Files;

/// <summary>The location of a document in its file. Twelve bytes, because there may be a hundred million.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct TextSpan(long Offset, int Length);

/// <summary>
/// One file and the locations of its documents. The text stays on disk: each document is read on access at its offset, so
/// several threads can read concurrently.
/// </summary>
internal sealed class TextSource : IDisposable
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly string _name;
    private readonly JsonField? _field;
    private readonly SafeFileHandle? _handle;
    private readonly List<TextSpan> _documents = [];
    private bool _disposed;

    /// <summary>Scans a file once and records the locations of its documents.</summary>
    /// <param name="path">The uncompressed file.</param>
    /// <param name="name">The name in errors.</param>
    /// <param name="unit">The unit of a document, or null for a line of JSON Lines.</param>
    /// <param name="field">The JSON Lines field of the text.</param>
    /// <param name="keepOpen">Whether to keep the file open between reads.</param>
    /// <exception cref="DataException">The file is malformed.</exception>
    public TextSource(string path, string name, DocumentUnit unit, JsonField? field, bool keepOpen)
    {
        (_path, _name, _field) = (path, name, field);
        Index(field is null ? unit : DocumentUnit.Line);
        _documents.TrimExcess();
        _handle = keepOpen ? Open() : null;
    }

    /// <summary>Number of documents in the file.</summary>
    public int Count => _documents.Count;

    /// <summary>Total bytes of all documents.</summary>
    public long Bytes { get; private set; }

    /// <summary>Returns the file and position of a document, for messages.</summary>
    /// <param name="index">In [0, <see cref="Count"/>).</param>
    public string Location(int index) => $"{_name}, byte {_documents[index].Offset}";

    /// <summary>Reads the text of a document.</summary>
    /// <param name="index">In [0, <see cref="Count"/>).</param>
    /// <exception cref="IOException">The file was changed or deleted since it was opened.</exception>
    public string Read(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        TextSpan span = _documents[index];
        byte[] buffer = ArrayPool<byte>.Shared.Rent(span.Length);
        try
        {
            Span<byte> bytes = buffer.AsSpan(0, span.Length);
            Fill(bytes, span.Offset);
            return _field is null
                ? Strict.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
                : _field.Read(bytes, () => $"{_name}, byte {span.Offset}");
        }
        catch (Exception e) when (e is DecoderFallbackException or DataException)
        {
            // It was valid when the file was indexed.
            throw Changed(span, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _handle?.Dispose();
    }

    private void Index(DocumentUnit unit)
    {
        long start = -1;
        long end = 0;
        using LineReader lines = LineReader.Open(_path, _name);
        while (lines.Read())
        {
            if (lines.IsBlank)
            {
                if (unit == DocumentUnit.Paragraph)
                    Finish();
                continue;
            }

            _field?.Read(lines.Bytes, () => $"{_name}:{lines.Number}");
            if (start < 0)
                start = lines.Offset;
            end = lines.Offset + lines.Bytes.Length;
            if (unit == DocumentUnit.Line)
                Finish();
        }

        Finish();

        void Finish()
        {
            if (start < 0)
                return;
            long length = end - start;
            if (length > LineReader.Longest)
            {
                throw new DataException(
                    $"{_name}: the document at byte {start} has {length >> 20} MiB; the maximum is {LineReader.Longest >> 20} MiB. Set " +
                    "'documents' to 'paragraph' or 'line', or split the file.");
            }

            _documents.Add(new TextSpan(start, (int)length));
            Bytes += length;
            start = -1;
        }
    }

    private void Fill(Span<byte> bytes, long offset)
    {
        SafeFileHandle handle = _handle ?? Open();
        try
        {
            int filled = 0;
            while (filled < bytes.Length)
            {
                int read = RandomAccess.Read(handle, bytes[filled..], offset + filled);
                if (read == 0)
                    throw Changed(new TextSpan(offset, bytes.Length), null);
                filled += read;
            }
        }
        finally
        {
            if (handle != _handle)
                handle.Dispose();
        }
    }

    private SafeFileHandle Open() => File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);

    private IOException Changed(TextSpan span, Exception? cause) =>
        new($"{_name}: the {span.Length} bytes at offset {span.Offset} changed since the file was opened. Restart the run, and do " +
            "not modify the file while it runs.", cause);
}
