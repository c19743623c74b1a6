using System.IO.Compression;
using Tenon.Images.Tables;

namespace Tenon.Images.Shipped;

/// <summary>Options of <c>digits</c>.</summary>
public sealed record DigitsOptions : ImageOptions;

/// <summary>
/// 1,797 handwritten digits of 13 writers in 8×8 pixels, shipped with the plugin (Alpaydin and Kaynak, 1998; the test part
/// of UCI's "Optical Recognition of Handwritten Digits"). Grey values 0 … 16 become 0 … 255.
/// </summary>
[Data("digits", "1,797 handwritten digits of 8×8 pixels, shipped", Stability = Stability.Preview)]
public sealed class DigitsData : IData<DigitsOptions, ImageExample>
{
    private const int Side = 8;

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(DigitsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        using Stream file = Sheet.Open("digits.csv.gz");
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        ImageRows rows = CsvImages.Read(reader, "digits.csv.gz", new CsvLayout("-1", Side, Side, PixelMaximum: 16));
        string[] labels = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];
        ImageSource source = ImageSource.InMemory(rows.Pixels, Side, Side, 1) with { Labels = [.. rows.Labels!.Select(int.Parse)] };
        return ImageDataset.Open(new ImageOrigin("digits", "handwritten digits", []), labels, source, null, options, context);
    }
}
