using System.Text;
using Tenon.Host.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Export;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape in torch's order, rows first.</param>
/// <param name="Type">Format of its numbers.</param>
/// <param name="Values">Returns its values, float32, contiguous and on the CPU, in the current dispose scope.</param>
internal sealed record GgufEntry(string Name, IReadOnlyList<long> Shape, GgufType Type, Func<Tensor> Values)
{
    /// <summary>Bytes of the data.</summary>
    public long Bytes => Shape.Aggregate(1L, (product, size) => product * size) / Type.BlockSize * Type.BlockBytes;
}

/// <summary>
/// Writes GGUF files of version 3 (ggml, docs/gguf.md): the numbers of tensors and metadata entries, the metadata, a description of
/// each tensor, and the aligned data of each. All numbers are little-endian.
/// </summary>
internal static class GgufWriter
{
    private const uint Version = 3;
    private const long Alignment = 32; // the default, which applies without general.alignment

    private static readonly byte[] _magic = "GGUF"u8.ToArray();

    /// <summary>Writes a file atomically.</summary>
    /// <param name="file">The file; replaced if it exists. Unchanged if writing fails.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="tensors">The tensors, which are converted one at a time.</param>
    /// <exception cref="ModelException">A tensor does not fit its format; the message names it.</exception>
    public static void Write(string file, GgufMetadata metadata, IReadOnlyList<GgufEntry> tensors)
    {
        foreach (GgufEntry tensor in tensors)
            Check(tensor);
        Durable.Write(file, partial =>
        {
            using var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write);
            using var writer = new BinaryWriter(stream, Encoding.UTF8);
            writer.Write(_magic);
            writer.Write(Version);
            writer.Write((ulong)tensors.Count);
            writer.Write((ulong)metadata.Count);
            metadata.Write(writer);
            WriteDescriptions(writer, tensors);
            foreach (GgufEntry tensor in tensors)
            {
                Align(writer);
                using DisposeScope scope = NewDisposeScope();
                using IDisposable untracked = no_grad();
                GgufValues.Write(writer, tensor.Name, tensor.Values(), tensor.Type);
            }

            Align(writer); // readers expect the last tensor to be padded as well
        });
    }

    private static void WriteDescriptions(BinaryWriter writer, IReadOnlyList<GgufEntry> tensors)
    {
        long position = 0;
        foreach (GgufEntry tensor in tensors)
        {
            GgufMetadata.WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            foreach (long size in tensor.Shape.Reverse())
                writer.Write((ulong)size);
            writer.Write(tensor.Type.Id);
            writer.Write((ulong)position);
            position = (position + tensor.Bytes + Alignment - 1) / Alignment * Alignment;
        }
    }

    private static void Align(BinaryWriter writer)
    {
        writer.Flush();
        long rest = writer.BaseStream.Position % Alignment;
        if (rest > 0)
            writer.Write(new byte[Alignment - rest]);
    }

    private static void Check(GgufEntry tensor)
    {
        long row = tensor.Shape[^1];
        if (row % tensor.Type.BlockSize != 0)
        {
            throw new ModelException(
                $"The tensor '{tensor.Name}' cannot be written as {tensor.Type.Name}, because its rows have {row} numbers and " +
                $"{tensor.Type.Name} needs a multiple of {tensor.Type.BlockSize}. Use f32, f16 or bf16 weights.");
        }
    }
}
