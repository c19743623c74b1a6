using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Tenon.Text.Files;

/// <summary>Where a document stands in its file. Twelve bytes, as there may be a hundred million.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct TextSpan(long Offset, int Length);

/// <summary>
/// One file and the places of its documents. Content stays on disk: each document is read when it is asked for, at its
/// offset, so that several threads may read at once.
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

    /// <summary>Goes through a file once and notes where its documents are.</summary>
    /// <param name="path">The content, not compressed.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="unit">What one document is; null: a line of JSON Lines.</param>
    /// <param name="field">The field of JSON Lines that holds the text.</param>
    /// <param name="keepOpen">Whether the file stays open, so that reading need not open it each time.</param>
    /// <exception cref="DataException">The file is malformed.</exception>
    public TextSource(string path, string name, DocumentUnit unit, JsonField? field, bool keepOpen)
    {
        (_path, _name, _field) = (path, name, field);
        Index(field is null ? unit : DocumentUnit.Line);
        _documents.TrimExcess();
        _handle = keepOpen ? Open() : null;
    }

    /// <summary>How many documents the file has.</summary>
    public int Count => _documents.Count;

    /// <summary>Bytes in all documents.</summary>
    public long Bytes { get; private set; }

    /// <summary>The text of a document.</summary>
    /// <param name="index">In [0, <see cref="Count"/>).</param>
    /// <exception cref="IOException">The file changed or went away since it was opened.</exception>
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
                ? Strict.GetString(bytes).ReplaceLineEndings("\n")
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
        LineScanner.Scan(_path, _name, line =>
        {
            bool blank = LineScanner.IsBlank(line.Bytes);
            if (blank && unit == DocumentUnit.Paragraph)
                Finish();
            if (blank)
                return;
            if (_field is not null)
            {
                long number = line.Number;
                _field.Read(line.Bytes, () => $"{_name}:{number}");
            }

            if (start < 0)
                start = line.Offset;
            end = line.Offset + line.Bytes.Length;
            if (unit == DocumentUnit.Line)
                Finish();
        });
        Finish();

        void Finish()
        {
            if (start < 0)
                return;
            long length = end - start;
            if (length > LineScanner.LongestDocument)
            {
                throw new DataException(
                    $"{_name}: a document of {length >> 20} MiB, at byte {start}; one may have {LineScanner.LongestDocument >> 20} MiB. Set 'documents' to 'paragraph' or 'line', or divide the file.");
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
        new($"{_name}: the {span.Length} bytes at offset {span.Offset} are not what they were when the file was opened. Start the run again, and leave the file alone while it runs.", cause);
}
