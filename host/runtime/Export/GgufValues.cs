using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Export;

/// <summary>Converts the numbers of a tensor to a GGUF format, part by part.</summary>
internal static class GgufValues
{
    // Numbers per part, which limits the memory of a conversion. A multiple of all block sizes.
    private const long ValuesPerPart = 1 << 24;

    /// <summary>Writes a tensor.</summary>
    /// <param name="writer">Receives the bytes.</param>
    /// <param name="name">The tensor's name, for messages.</param>
    /// <param name="values">float32, contiguous, on the CPU. Not disposed.</param>
    /// <param name="type">The format.</param>
    /// <exception cref="ModelException">A number is too large for the format.</exception>
    public static void Write(BinaryWriter writer, string name, Tensor values, GgufType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = values.detach().view(-1);
        for (long start = 0; start < flat.size(0); start += ValuesPerPart)
        {
            using DisposeScope inner = NewDisposeScope();
            WritePart(writer, name, flat.narrow(0, start, Math.Min(ValuesPerPart, flat.size(0) - start)), type);
        }
    }

    private static void WritePart(BinaryWriter writer, string name, Tensor part, GgufType type)
    {
        if (type == GgufType.Q8)
        {
            byte[] blocks = new byte[part.numel() / type.BlockSize * type.BlockBytes];
            bool fits = Q8Blocks.Quantize(MemoryMarshal.Cast<byte, float>(part.bytes), blocks);
            GC.KeepAlive(part); // the span does not keep the native memory alive
            if (!fits)
                throw TooLarge(name, part, type);
            writer.Write(blocks);
            return;
        }

        Tensor converted = type == GgufType.F16 ? part.to(ScalarType.Float16) : type == GgufType.Bf16 ? part.to(ScalarType.BFloat16) : part;
        if (type == GgufType.F16 && converted.isinf().any().item<bool>())
            throw TooLarge(name, part, type);
        writer.Write(converted.bytes);
        GC.KeepAlive(converted);
    }

    private static ModelException TooLarge(string name, Tensor part, GgufType type) => new(
        $"The tensor '{name}' cannot be written as {type.Name}, because it contains {part.abs().max().item<float>()}. " +
        "Use f32 or bf16 weights.");
}
