using System.Buffers.Binary;
using static TorchSharp.torch;

namespace Tenon.Safetensors;

/// <summary>Writes safetensors files; see <see cref="SafetensorsFile.Write"/>.</summary>
internal static class SafetensorsWriter
{
    private static readonly Dictionary<string, string> DefaultMetadata = new() { ["format"] = "pt" };

    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        var entries = Lay(tensors);
        var header = Header.Write(
            (metadata ?? DefaultMetadata).OrderBy(pair => pair.Key, StringComparer.Ordinal),
            entries.Select(entry => (entry.Name, entry.Info)));
        if (header.Length > Header.MaximumLength)
        {
            throw new ArgumentException($"The header would have {header.Length} bytes; the format allows {Header.MaximumLength}. " +
                "Write fewer tensors or less metadata.", nameof(metadata));
        }

        // Written to a temporary file and renamed, so that no reader sees a partial file.
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                Span<byte> prefix = stackalloc byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
                stream.Write(prefix);
                stream.Write(header);
                foreach (var entry in entries)
                    WriteData(stream, entry.Tensor);
                DiskFlush.File(stream);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }

        DiskFlush.Folder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static List<(string Name, Tensor Tensor, SafetensorInfo Info)> Lay(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<(string Name, Tensor Tensor, SafetensorsDType DType)>();
        foreach (var (name, tensor) in tensors)
        {
            if (name == "__metadata__")
                throw new ArgumentException("A tensor cannot be named __metadata__: the format reserves that name.", nameof(tensors));
            if (!names.Add(name))
                throw new ArgumentException($"The name '{name}' is given twice; each tensor needs its own.", nameof(tensors));
            found.Add((name, tensor, CheckedType(name, tensor)));
        }

        long position = 0;
        return found.OrderByDescending(t => t.DType).ThenBy(t => t.Name, StringComparer.Ordinal).Select(t =>
        {
            var begin = position;
            position += t.Tensor.numel() * t.Tensor.ElementSize;
            return (t.Name, t.Tensor, new SafetensorInfo(t.DType, t.Tensor.shape, begin, position));
        }).ToList();
    }

    private static SafetensorsDType CheckedType(string name, Tensor tensor)
    {
        if (!DTypes.TryFromTorch(tensor.dtype, out var dtype))
            throw new ArgumentException($"Tensor '{name}' is {tensor.dtype}, which safetensors does not support; it supports " +
                $"{DTypes.TorchNames}.", nameof(tensor));
        if (tensor.is_sparse)
            throw new ArgumentException($"Tensor '{name}' is sparse, but safetensors supports only dense tensors. Call to_dense() first.",
                nameof(tensor));
        if (tensor.device_type == TorchSharp.DeviceType.META)
            throw new ArgumentException($"Tensor '{name}' is on the device meta and has no values to write.", nameof(tensor));
        return dtype;
    }

    private static void WriteData(FileStream stream, Tensor tensor)
    {
        // One tensor at a time, so that a model on another device needs CPU memory only for its largest tensor.
        // Both calls return another handle to the same memory if there is nothing to do.
        using var noGrad = no_grad();
        using var onCpu = tensor.cpu();
        using var dense = onCpu.contiguous();
        TensorBytes.ForEachChunk(dense, chunk => stream.Write(chunk));
    }
}
