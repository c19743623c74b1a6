using Tenon.Host.Training.Optimizers;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// All parameters as one vector, divided into buckets, and each bucket into equal parts, one for each rank (Rajbhandari et al.
/// 2020, "ZeRO", section 5). Every parameter begins at a multiple of <see cref="Unit"/>, so that kernels process the elements of a
/// piece in the same vectors, and the same blocks of quantized state, as those of the whole parameter.
/// </summary>
internal sealed class FlatLayout
{
    /// <summary>Elements that are never divided.</summary>
    public const long Unit = StateTensor.BlockSize;

    // 16 MB of float32: large enough to use a network's full speed, small compared with the gradients.
    private const long BucketElements = 1 << 22;

    /// <summary>Lays out parameters.</summary>
    /// <param name="sizes">Elements of each parameter, at least 1 each.</param>
    /// <param name="ranks">Number of ranks.</param>
    /// <param name="bucketElements">Elements in a bucket, at most about.</param>
    public FlatLayout(IReadOnlyList<long> sizes, int ranks, long bucketElements = BucketElements)
    {
        long step = Unit * ranks;
        long width = Math.Max(step, bucketElements / step * step);
        long[] starts = new long[sizes.Count];
        long total = 0;
        for (int i = 0; i < sizes.Count; i++)
        {
            starts[i] = total;
            total += Padded(sizes[i], Unit);
        }

        List<FlatBucket> buckets = [];
        for (long begin = 0; begin < total; begin += width)
        {
            long part = Padded(Math.Min(width, total - begin), step) / ranks;
            buckets.Add(new FlatBucket(
                part, [.. Enumerable.Range(0, ranks).Select(rank => Pieces(sizes, starts, begin, begin + rank * part, part))]));
        }

        Buckets = buckets;
    }

    /// <summary>The buckets, in order.</summary>
    public IReadOnlyList<FlatBucket> Buckets { get; }

    /// <summary>Elements of the longest bucket.</summary>
    public long Longest => Buckets.Max(bucket => bucket.Length);

    /// <summary>Elements of all buckets, with padding.</summary>
    public long Total => Buckets.Sum(bucket => bucket.Length);

    private static long Padded(long length, long unit) => (length + unit - 1) / unit * unit;

    private static FlatPiece[] Pieces(IReadOnlyList<long> sizes, long[] starts, long bucket, long begin, long length)
    {
        int first = Array.BinarySearch(starts, begin);
        if (first < 0)
            first = ~first - 1;
        List<FlatPiece> pieces = [];
        for (int i = first; i < sizes.Count && starts[i] < begin + length; i++)
        {
            long from = Math.Max(starts[i], begin), to = Math.Min(starts[i] + sizes[i], begin + length);
            if (from < to)
                pieces.Add(new FlatPiece(i, from - starts[i], to - from, from - bucket));
        }

        return [.. pieces];
    }
}
