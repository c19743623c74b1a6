using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Tenon.Host.Data;

/// <summary>
/// The token ids of documents in a file: two bytes each for vocabularies up to 65,536, otherwise four, with a footer of counts
/// and a checksum. Cached if the data has a fingerprint. Thread-safe.
/// </summary>
internal sealed class TokenStore : IDisposable
{
    private const int FooterLength = 8 + 8 + 8 + 32;

    private readonly IDisposable _owner;
    private readonly SafeFileHandle _file;
    private readonly int _bytesPerId;

    private TokenStore(IDisposable owner, SafeFileHandle file, int bytesPerId, long count, long documents) =>
        (_owner, _file, _bytesPerId, Count, Documents) = (owner, file, bytesPerId, count, documents);

    /// <summary>Number of ids.</summary>
    public long Count { get; }

    /// <summary>Number of documents.</summary>
    public long Documents { get; }

    private static ReadOnlySpan<byte> Magic => "TENONID1"u8;

    /// <summary>Opens the cached file, or tokenizes the documents.</summary>
    /// <param name="texts">The documents.</param>
    /// <param name="tokenizer">Encodes the documents.</param>
    /// <param name="key">Fingerprint of the documents; null for a temporary file.</param>
    /// <param name="cache">The cache folder.</param>
    /// <param name="status">Receives a description of the current work.</param>
    /// <param name="warn">Receives a sentence about a cached file that cannot be used.</param>
    /// <param name="stop">Cancels the work; no file remains.</param>
    public static TokenStore Open(
        IExamples<TextExample> texts, ITokenizer tokenizer, string? key, CacheFolder cache, Action<string> status, Action<string> warn,
        CancellationToken stop)
    {
        int bytesPerId = tokenizer.VocabularySize <= 1 << 16 ? sizeof(ushort) : sizeof(int);
        if (key is null)
            return OpenTemporary(texts, tokenizer, bytesPerId, status, stop);

        string name = $"{CacheFolder.Fingerprint(["tokens/1", key, tokenizer.Fingerprint])}.bin";
        string file = cache.Locate("tokens", name);
        if (Kept(file, bytesPerId, warn) is { } kept)
            return kept;
        bool isWritable = false;
        try
        {
            cache.Write("tokens", name, stream =>
            {
                isWritable = true;
                Write(stream, texts, tokenizer, bytesPerId, status, stop);
            });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException || (fault is DataException && !isWritable))
        {
            warn($"The tokens are not kept for the next run: {fault.Message}");
            return OpenTemporary(texts, tokenizer, bytesPerId, status, stop);
        }

        return Read(file, bytesPerId) ?? throw new IOException($"{file} does not contain what was written. Check the disk.");
    }

    // Null when there is no file, or it cannot be used: the documents are then tokenized again, and the file replaced.
    private static TokenStore? Kept(string file, int bytesPerId, Action<string> warn)
    {
        if (!File.Exists(file))
            return null;
        string fault = "it is damaged";
        try
        {
            if (Read(file, bytesPerId) is { } kept)
                return kept;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            fault = unreadable.Message;
        }

        warn($"'{file}' cannot be read, so the text is tokenized again: {fault}");
        return null;
    }

    /// <summary>Reads ids.</summary>
    /// <param name="start">Position of the first id.</param>
    /// <param name="ids">Receives the ids.</param>
    public void Read(long start, Span<int> ids)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - ids.Length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ids.Length * _bytesPerId);
        try
        {
            Span<byte> bytes = buffer.AsSpan(0, ids.Length * _bytesPerId);
            ReadBytes(_file, bytes, start * _bytesPerId);
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = _bytesPerId == sizeof(ushort)
                    ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..])
                    : BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Closes the file and deletes it if it is temporary.</summary>
    public void Dispose() => _owner.Dispose();

    private static TokenStore OpenTemporary(
        IExamples<TextExample> texts, ITokenizer tokenizer, int bytesPerId, Action<string> status, CancellationToken stop)
    {
        string file = Path.Combine(Path.GetTempPath(), $"tenon-tokens-{Guid.NewGuid():N}.bin");
        var stream = new FileStream(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        try
        {
            long count = Write(stream, texts, tokenizer, bytesPerId, status, stop);
            stream.Flush();
            return new TokenStore(stream, stream.SafeFileHandle, bytesPerId, count, texts.Count);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static long Write(
        Stream stream, IExamples<TextExample> texts, ITokenizer tokenizer, int bytesPerId, Action<string> status, CancellationToken stop)
    {
        status(string.Create(CultureInfo.InvariantCulture, $"tokenizing {texts.Count:N0} documents"));
        using var hash = SHA256.Create();
        var writer = new TokenWriter(tokenizer, bytesPerId, status, stop);
        using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
            writer.Write(texts, hashed);

        Span<byte> footer = stackalloc byte[FooterLength];
        Magic.CopyTo(footer);
        BinaryPrimitives.WriteInt64LittleEndian(footer[8..], writer.Count);
        BinaryPrimitives.WriteInt64LittleEndian(footer[16..], texts.Count);
        hash.Hash.CopyTo(footer[24..]);
        stream.Write(footer);
        return writer.Count;
    }

    // Null if the file is truncated or modified.
    private static TokenStore? Read(string path, int bytesPerId)
    {
        SafeFileHandle file =
            File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        bool whole = false;
        try
        {
            long length = RandomAccess.GetLength(file) - FooterLength;
            if (length < 0)
                return null;
            byte[] footer = new byte[FooterLength];
            ReadBytes(file, footer, length);
            long count = BinaryPrimitives.ReadInt64LittleEndian(footer.AsSpan(8));
            whole = footer.AsSpan().StartsWith(Magic) && count * bytesPerId == length
                && Checksum(file, length).AsSpan().SequenceEqual(footer.AsSpan(24));
            return whole ? new TokenStore(file, file, bytesPerId, count, BinaryPrimitives.ReadInt64LittleEndian(footer.AsSpan(16))) : null;
        }
        finally
        {
            if (!whole)
                file.Dispose();
        }
    }

    private static byte[] Checksum(SafeFileHandle file, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        for (long offset = 0; offset < length; offset += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset));
            ReadBytes(file, part, offset);
            hash.AppendData(part);
        }

        return hash.GetHashAndReset();
    }

    private static void ReadBytes(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
                throw new IOException("The token file is truncated: it was modified while in use. Start the run again.");
            bytes = bytes[read..];
            offset += read;
        }
    }
}
