using System.IO.Compression;
using Tenon.Images.Tables;

namespace Tenon.Images.Shipped;

/// <summary>Which digits are held out.</summary>
public enum DigitsHeldOut
{
    /// <summary>
    /// The last rows of the file. Neighboring rows are by the same writer, so these are mostly by writers unseen in training.
    /// </summary>
    Writers,

    /// <summary>Digits drawn at random: training sees other digits by the same writers, which is easier.</summary>
    Images,
}

/// <summary>Options of <c>digits</c>.</summary>
public sealed record DigitsOptions : ImageOptions
{
    /// <summary>Which items <c>testShare</c> holds out.</summary>
    public DigitsHeldOut HeldOut { get; init; } = DigitsHeldOut.Writers;
}

/// <summary>
/// 1,797 handwritten digits by 13 writers at 8×8 pixels, built into the plugin (Alpaydin and Kaynak, 1998; the test set of
/// UCI's "Optical Recognition of Handwritten Digits"). Gray values 0 … 16 are scaled to 0 … 255.
/// </summary>
[Data("digits", "1,797 handwritten digits at 8×8 pixels (built in)", Stability = Stability.Preview)]
public sealed class DigitsData : IData<DigitsOptions, ImageExample>
{
    private const int Side = 8;

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(DigitsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        const string File = "digits.csv.gz";
        ImageRows rows = CsvImages.Read(
            () => new GZipStream(Sheet.Open(File), CompressionMode.Decompress), File,
            new CsvLayout("-1", Side, Side, PixelMaximum: 16), reject: fault => throw fault);
        string[] labels = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];
        bool byWriter = options.HeldOut == DigitsHeldOut.Writers && options.TestShare > 0;
        int train = byWriter ? (int)(rows.Pixels.Count * (1 - options.TestShare)) : rows.Pixels.Count;
        return ImageDataset.Open(
            new ImageOrigin("digits", "handwritten digits", []), labels, Source(rows, ..train),
            byWriter ? Source(rows, train..) : null, options, context);
    }

    private static ImageSource Source(ImageRows rows, Range part) =>
        ImageSource.InMemory([.. rows.Pixels.Take(part)], Side, Side, 1) with { Labels = [.. rows.Labels!.Take(part).Select(int.Parse)] };
}
