using Tenon.Images.Pixels;

namespace Tenon.Images;

/// <summary>
/// Chosen images, prepared on access and kept while the budget lasts. Nothing is dropped for something newer: training
/// reads each image once a pass in a new order, so any image kept is as good as any other. Thread-safe.
/// </summary>
/// <param name="source">Where pixels are from.</param>
/// <param name="positions">The chosen ones.</param>
/// <param name="classes">The new index of each class of the source.</param>
/// <param name="preparation">What is done to pixels.</param>
/// <param name="budget">Shared by the splits of one data set.</param>
internal sealed class ImageExamples(ImageSource source, int[] positions, int[] classes, Preparation preparation, PixelBudget budget)
    : IExamples<ImageExample>
{
    private readonly ImageExample?[] _kept = new ImageExample?[positions.Length];

    public long Count => positions.Length;

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

/// <summary>How many bytes of pixels may still be kept. Thread-safe.</summary>
/// <param name="bytes">At the start.</param>
internal sealed class PixelBudget(long bytes)
{
    private long _left = bytes;

    /// <summary>Takes bytes, all or none.</summary>
    public bool Take(int count)
    {
        if (Interlocked.Add(ref _left, -count) >= 0)
            return true;
        GiveBack(count);
        return false;
    }

    /// <summary>Returns bytes that were taken.</summary>
    public void GiveBack(int count) => Interlocked.Add(ref _left, count);
}
