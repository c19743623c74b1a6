using System.Buffers.Binary;
using static TorchSharp.torch;

namespace Tenon.Safetensors;

/// <summary>
/// A safetensors file, opened for reading. Opening reads only the header, and each tensor is read directly into its destination.
/// The file is not memory-mapped: its pages would count as memory of the process in addition to the tensors.
/// </summary>
/// <remarks>
/// Format: https://github.com/huggingface/safetensors#format. Opening validates all rules of the format, so a file that opens
/// can be read completely. Threads may read concurrently.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int PrefixLength = sizeof(ulong);
    private readonly Header header;
    private readonly long dataStart;
    private readonly FileStream stream;
    private bool disposed;

    private SafetensorsFile(string path, Header header, long dataStart, FileStream stream)
    {
        Path = path;
        this.header = header;
        this.dataStart = dataStart;
        this.stream = stream;
    }

    /// <summary>The path given to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>The free-form strings of the header, such as <c>format</c> = <c>pt</c>; empty if the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <summary>All tensors of the file by name, including those with types that torch does not support.</summary>
    public IReadOnlyDictionary<string, SafetensorInfo> Tensors => header.Tensors;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">Path of the file.</param>
    /// <returns>The open file. The caller disposes it.</returns>
    /// <exception cref="SafetensorsException">The file is not valid safetensors.</exception>
    /// <exception cref="IOException">The file is missing or cannot be opened.</exception>
    public static SafetensorsFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var start = ReadHeader(path, stream, out var header);
            return new SafetensorsFile(path, header, start, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Writes tensors to a file, replacing it atomically once everything is on disk.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="tensors">
    /// Names and tensors, of any device and memory layout, owned by the caller. Written in the order of the reference
    /// implementation (by type, then by name), so that equal content gives equal bytes. A tensor with two names is written
    /// twice.
    /// </param>
    /// <param name="metadata">
    /// Strings for the header, or null for <c>format</c> = <c>pt</c>, without which transformers refuses a file.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A name is given twice or is <c>__metadata__</c>, or the format does not support a tensor's type or layout.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; an existing file at <paramref name="path"/> is unchanged.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, tensors, metadata);

    /// <summary>Reads a tensor into new CPU memory.</summary>
    /// <param name="name">A name in <see cref="Tensors"/>.</param>
    /// <returns>A contiguous tensor without gradient. The caller disposes it.</returns>
    /// <exception cref="SafetensorsException">
    /// The name is not in the file, torch does not support its type, or a boolean is neither 0 nor 1.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read, or was truncated.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public Tensor Read(string name)
    {
        var info = Find(name);
        return Read(name, info, info.Shape, 0);
    }

    /// <summary>Reads some rows of a tensor, which are indices of its first dimension, into new CPU memory.</summary>
    /// <param name="name">A name in <see cref="Tensors"/>.</param>
    /// <param name="first">Index of the first row.</param>
    /// <param name="count">Number of rows.</param>
    /// <returns>A contiguous tensor without gradient. The caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The tensor does not have these rows.</exception>
    /// <exception cref="SafetensorsException">
    /// The name is not in the file, torch does not support its type, or a boolean is neither 0 nor 1.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read, or was truncated.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public Tensor ReadRows(string name, long first, long count)
    {
        var info = Find(name);
        long rows = info.Shape.Count > 0 ? info.Shape[0] : 0;
        if (first < 0 || count < 0 || first > rows - count)
            throw new ArgumentOutOfRangeException(nameof(count),
                $"Rows {first} … {first + count - 1} of '{name}' were requested, but it has {rows} rows.");
        return Read(name, info, [count, .. info.Shape.Skip(1)], rows == 0 ? 0 : info.Length / rows * first);
    }

    private Tensor Read(string name, SafetensorInfo info, IReadOnlyList<long> shape, long skipped)
    {
        var tensor = empty([.. shape], TorchType(name, info), CPU);
        try
        {
            Copy(name, info, tensor, skipped);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Copies a tensor's values into an existing tensor, which may be a parameter or be on another device.</summary>
    /// <param name="name">A name in <see cref="Tensors"/>.</param>
    /// <param name="destination">A tensor of the same shape, owned by the caller. No gradient flows through the copy.</param>
    /// <param name="convert">Whether the values may be converted to the destination's type; otherwise the types must be equal.</param>
    /// <exception cref="SafetensorsException">
    /// The name is not in the file, shapes or types differ, torch has no such type, the destination has no memory
    /// (device meta), or a boolean is neither 0 nor 1.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void ReadInto(string name, Tensor destination, bool convert = false)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var info = Find(name);
        var type = TorchType(name, info);
        if (!destination.shape.SequenceEqual(info.Shape))
        {
            throw new SafetensorsException(Path, $"tensor '{name}' has the shape [{string.Join(", ", info.Shape)}], " +
                $"but the destination has [{string.Join(", ", destination.shape)}].");
        }

        if (destination.dtype != type && !convert)
        {
            throw new SafetensorsException(Path, $"tensor '{name}' is {type}, but the destination is {destination.dtype}. " +
                "Allow conversion, or use a destination of the same type.");
        }

        if (destination.device_type == TorchSharp.DeviceType.META)
            throw new SafetensorsException(Path,
                $"tensor '{name}' cannot be read onto the device meta, which has no memory. Materialize the tensor first.");

        using var noGrad = no_grad();
        if (destination.dtype == type && destination.device_type == TorchSharp.DeviceType.CPU && destination.is_contiguous())
        {
            Copy(name, info, destination, skipped: 0);
            return;
        }

        using var source = Read(name);
        destination.copy_(source);
    }

    /// <summary>Closes the file. Tensors that were read stay valid.</summary>
    public void Dispose()
    {
        disposed = true;
        stream.Dispose();
    }

    private static long ReadHeader(string path, FileStream stream, out Header header)
    {
        var fileLength = stream.Length;
        if (fileLength < PrefixLength)
            throw new SafetensorsException(path,
                $"the file has {fileLength} bytes; a safetensors file starts with 8 bytes that give the header's length.");
        Span<byte> prefix = stackalloc byte[PrefixLength];
        stream.ReadExactly(prefix);
        if (GitLfsPointer.IsAt(path))
            throw new SafetensorsException(path, $"this {GitLfsPointer.Advice}.");
        if (Pickled(prefix))
            throw new SafetensorsException(path, "this file was written by torch.save and is not a safetensors file. Save the weights " +
                "as safetensors, for example with transformers' save_pretrained.");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > Header.MaximumLength)
        {
            throw new SafetensorsException(path,
                $"the header claims a length of {length} bytes; at most {Header.MaximumLength} are allowed. " +
                "It may not be a safetensors file.");
        }

        if (length > (ulong)(fileLength - PrefixLength))
            throw new SafetensorsException(path,
                $"the header claims a length of {length} bytes, but the file has only {fileLength - PrefixLength} more.");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        var start = PrefixLength + (long)length;
        header = Header.Parse(path, bytes, fileLength - start);
        return start;
    }

    // A zip archive, or in older files a pickle of protocol 2, which starts with torch's magic number.
    private static bool Pickled(ReadOnlySpan<byte> start) =>
        start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith((ReadOnlySpan<byte>)[0x80, 2, 0x8A, 0x0A]);

    private SafetensorInfo Find(string name)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return header.Tensors.TryGetValue(name, out var info)
            ? info
            : throw new SafetensorsException(Path, $"there is no tensor '{name}'; the file has {Listing()}.");
    }

    private string Listing()
    {
        const int Shown = 20;
        var names = header.Tensors.Keys.Order(StringComparer.Ordinal).Take(Shown);
        return header.Tensors.Count == 0 ? "none"
            : string.Join(", ", names) + (header.Tensors.Count > Shown ? $" and {header.Tensors.Count - Shown} more" : "");
    }

    private ScalarType TorchType(string name, SafetensorInfo info) => DTypes.Torch(info.DType)
        ?? throw new SafetensorsException(Path,
            $"tensor '{name}' is {DTypes.Name(info.DType)}, which TorchSharp does not support; it supports {DTypes.TorchNames}. " +
            "Convert the file to one of them.");

    private void Copy(string name, SafetensorInfo info, Tensor destination, long skipped)
    {
        if (info.Length == 0)
            return;
        long position = dataStart + info.Begin + skipped;
        TensorBytes.ForEachChunk(destination, chunk =>
        {
            for (Span<byte> rest = chunk; rest.Length > 0;)
            {
                // Does not move the stream, so that threads may read concurrently.
                int read = RandomAccess.Read(stream.SafeFileHandle, rest, position);
                if (read == 0)
                    throw new EndOfStreamException($"{Path}: the file ends inside the tensor '{name}'; it was truncated after it was " +
                        "opened.");
                rest = rest[read..];
                position += read;
            }

            // Any other byte in a bool is undefined behavior in libtorch.
            if (info.DType == SafetensorsDType.Bool && chunk.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                chunk.Clear();
                throw new SafetensorsException(Path, $"tensor '{name}' is BOOL but contains bytes other than 0 and 1.");
            }
        });
    }
}
