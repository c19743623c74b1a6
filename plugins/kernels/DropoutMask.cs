using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Dropout masks on the CPU: sixteen random bits per element, drawn by all threads. torch draws 64 bits per element on one
/// thread, which takes longer than the matrix products around a dropout.
/// </summary>
internal static class DropoutMask
{
    /// <summary>Number of values of sixteen bits.</summary>
    public const int Steps = 1 << 16;

    /// <summary>Maximum number of elements of a mask.</summary>
    public const int MaxElements = int.MaxValue / sizeof(float);

    // Each counter gives eight elements.
    private const int ElementsOfCounter = 8;
    private const int ElementsOfBlock = ElementsOfCounter * Philox.Lanes;
    private const int BlocksOfPart = 1 << 9;

    /// <summary>
    /// Draws a mask. An element depends on its place in the whole batch, if several processes divide it (<see cref="BatchPart"/>), and in
    /// the whole second dimension, if several processes divide that.
    /// </summary>
    /// <param name="shape">The shape; the first dimension counts rows of the batch, or parts of them.</param>
    /// <param name="dropped">Dropout probability in units of 1 / <see cref="Steps"/>; the mask is 0 where an element is dropped.</param>
    /// <param name="kept">Value of the mask where an element is kept.</param>
    /// <param name="key">Key of the random stream. The same key gives the same mask for any number of threads.</param>
    /// <param name="range">
    /// Where the second dimension begins in that of all processes, and its length there; null if this process has all of it.
    /// </param>
    /// <returns>float32, in the current dispose scope.</returns>
    public static unsafe Tensor Create(
        ReadOnlySpan<long> shape, int dropped, float kept, ulong key, (long First, long Length)? range = null)
    {
        Tensor mask = torch.empty(shape, torch.ScalarType.Float32);
        long length = mask.numel();
        if (length == 0)
            return mask;
        nint numbers = TensorAddress.Of(mask);
        if (range is { } columns)
        {
            FillRanges(numbers, shape, length, columns, dropped, kept, key);
            return mask;
        }

        if (BatchPart.Current is not { } part || length % part.Count != 0)
        {
            Fill(numbers, 0, length, dropped, kept, key);
            return mask;
        }

        long blocks = part.BlocksOf(length);
        long row = length / (part.Count * blocks);
        for (long block = 0; block < blocks; block++)
        {
            Fill(numbers + (nint)(block * part.Count * row * sizeof(float)), (block * part.Total + part.First) * row, part.Count * row,
                dropped, kept, key);
        }

        return mask;
    }

    // Each row of the first dimension has one range of those of all processes.
    private static void FillRanges(
        nint numbers, ReadOnlySpan<long> shape, long length, (long First, long Length) range, int dropped, float kept, ulong key)
    {
        long rows = shape[0], width = length / rows, unit = width / shape[1];
        BatchPart? part = BatchPart.Current is { } current && rows % current.Count == 0 ? current : null;
        long block = part is null ? rows : rows / part.BlocksOf(rows);
        for (long row = 0; row < rows; row++)
        {
            long place = part is null ? row : (row / block * part.Total + part.First) * (block / part.Count) + row % block;
            Fill(numbers + (nint)(row * width * sizeof(float)), (place * range.Length + range.First) * unit, width, dropped, kept, key);
        }
    }

    // Elements from a place in the stream. The first counters and the last ones may give more elements than are needed.
    private static unsafe void Fill(nint numbers, long start, long length, int dropped, float kept, ulong key)
    {
        long first = start / ElementsOfBlock, blocks = (start + length + ElementsOfBlock - 1) / ElementsOfBlock - first;
        int parts = (int)((blocks + BlocksOfPart - 1) / BlocksOfPart);
        WorkSharing.Do(torch.get_num_threads(), parts, part =>
        {
            long end = Math.Min(blocks, (part + 1L) * BlocksOfPart);
            for (long block = (long)part * BlocksOfPart; block < end; block++)
            {
                long from = (first + block) * ElementsOfBlock;
                int skipped = (int)Math.Max(0, start - from);
                int count = (int)Math.Min(ElementsOfBlock, start + length - from) - skipped;
                Fill((float*)numbers + (from + skipped - start), skipped, count, dropped, kept, key, (ulong)from / ElementsOfCounter);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Fill(float* to, int skipped, int count, int dropped, float kept, ulong key, ulong counter)
    {
        (Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c, Vector512<ulong> d) = Philox.Next(key, counter);
        // Packs two words into each 64-bit lane; the result is sixteen 32-bit lanes with one element in each half.
        Vector512<uint> first = (a | (b << 32)).AsUInt32(), second = (c | (d << 32)).AsUInt32();
        float* rest = stackalloc float[ElementsOfBlock];
        float* written = count == ElementsOfBlock ? to : rest;
        Mask(first & Vector512.Create(0xFFFFu), dropped, kept).Store(written);
        Mask(first >> 16, dropped, kept).Store(written + 16);
        Mask(second & Vector512.Create(0xFFFFu), dropped, kept).Store(written + 32);
        Mask(second >> 16, dropped, kept).Store(written + 48);
        if (written == rest)
            new ReadOnlySpan<float>(rest + skipped, count).CopyTo(new Span<float>(to, count));
    }

    private static Vector512<float> Mask(Vector512<uint> bits, int dropped, float kept) =>
        Vector512.GreaterThanOrEqual(bits, Vector512.Create((uint)dropped)).AsSingle() & Vector512.Create(kept);
}
