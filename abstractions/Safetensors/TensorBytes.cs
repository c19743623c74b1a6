namespace Tenon.Safetensors;

/// <summary>A tensor's memory as spans of bytes. A span is limited to 2 GiB, so larger tensors are processed in chunks.</summary>
internal static class TensorBytes
{
    private const long ChunkBytes = 1L << 30;

    public delegate void ChunkAction(Span<byte> chunk);

    /// <summary>Calls <paramref name="action"/> on each piece of a contiguous CPU tensor's own memory, first to last.</summary>
    public static void ForEachChunk(Tensor tensor, ChunkAction action)
    {
        using var detached = tensor.detach();
        using var flat = detached.view(-1);
        var count = flat.size(0);
        var step = ChunkBytes / flat.ElementSize;
        for (long start = 0; start < count; start += step)
        {
            using var part = flat.narrow(0, start, Math.Min(step, count - start));
            action(part.bytes);
            // The span does not keep the native memory alive; the tensor does.
            GC.KeepAlive(part);
        }
    }
}
