using Tenon.Images.Pixels;

namespace Tenon.Images;

/// <summary>
/// Selected images, preprocessed on access and cached while the memory budget lasts. Nothing is evicted: training reads every
/// image once per pass in a new order, so it does not matter which images are cached. Thread-safe.
/// </summary>
/// <param name="source">The source of the pixels.</param>
/// <param name="positions">The positions of the selected images.</param>
/// <param name="classes">The new index of each class of the source.</param>
/// <param name="preparation">The preprocessing.</param>
/// <param name="budget">The memory budget, shared by the splits of a data set.</param>
internal sealed class ImageExamples(ImageSource source, int[] positions, int[] classes, Preparation preparation, PixelBudget budget)
    : IExamples<ImageExample>
{
    private readonly ImageExample?[] _kept = new ImageExample?[positions.Length];

    public long Count => positions.Length;

    public string? Origin(long index) => source.Origin?.Invoke(positions[index]);

    public ImageExample this[long index]
    {
        get
        {
            if (index < 0 || index >= positions.Length)
                throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {positions.Length} images.");
            if (Volatile.Read(ref _kept[index]) is { } kept)
                return kept;

            int position = positions[index];
            ImagePixels pixels = preparation.Apply(source.Read(position));
            int? label = source.Labels is { } labels ? classes[labels[position]] : null;
            var example = new ImageExample(pixels, label, source.Captions?[position]);
            if (budget.Take(pixels.Data.Length) && Interlocked.CompareExchange(ref _kept[index], example, null) is not null)
                budget.GiveBack(pixels.Data.Length);
            return example;
        }
    }
}

/// <summary>The number of bytes of pixels that may still be cached. Thread-safe.</summary>
/// <param name="bytes">The initial budget.</param>
internal sealed class PixelBudget(long bytes)
{
    private long _left = bytes;

    /// <summary>Reserves bytes, all or none.</summary>
    public bool Take(int count)
    {
        if (Interlocked.Add(ref _left, -count) >= 0)
            return true;
        GiveBack(count);
        return false;
    }

    /// <summary>Returns reserved bytes.</summary>
    public void GiveBack(int count) => Interlocked.Add(ref _left, count);
}
