using Tenon.Images.Pixels;

namespace Tenon.Images.Shipped;

/// <summary>Options of <c>fashion-mnist</c>.</summary>
public sealed record FashionMnistOptions : ImageOptions;

/// <summary>
/// 2,500 grey pictures of clothes in 28×28 pixels, 250 of each of 10 classes, shipped with the plugin: the first ones of
/// Fashion-MNIST's test part (Xiao, Rasul and Vollgraf, 2017). The whole set has files for <c>idx</c>.
/// </summary>
[Data("fashion-mnist", "2,500 pictures of clothes of 28×28 pixels, shipped", Stability = Stability.Preview)]
public sealed class FashionMnistData : IData<FashionMnistOptions, ImageExample>
{
    private const int Side = 28;
    private const int Columns = 50;
    private const int PerClass = 250;

    private static readonly string[] Labels =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(FashionMnistOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        const string Name = "fashion-mnist-2500.png";
        using Stream file = ShippedFiles.Open(Name);
        using var encoded = new MemoryStream();
        file.CopyTo(encoded);
        ReadOnlyMemory<byte>[] cells = Cut(ImageDecoder.Decode(encoded.ToArray(), Name));
        ImageSource source = ImageSource.InMemory(cells, Side, Side, 1) with { Labels = [.. cells.Select((_, i) => i / PerClass)] };
        return ImageDataset.Open(new ImageOrigin("fashion-mnist", "Fashion-MNIST, 2,500 of its test part", []), Labels, source, null, options, context);
    }

    // Each cell gets memory of its own: an image's rows are to lie one behind the other.
    private static ReadOnlyMemory<byte>[] Cut(ImagePixels sheet)
    {
        var cells = new ReadOnlyMemory<byte>[Labels.Length * PerClass];
        for (int i = 0; i < cells.Length; i++)
        {
            byte[] cell = new byte[Side * Side];
            int corner = i / Columns * Side * sheet.Width + i % Columns * Side;
            for (int row = 0; row < Side; row++)
                sheet.Data.Span.Slice(corner + row * sheet.Width, Side).CopyTo(cell.AsSpan(row * Side));
            cells[i] = cell;
        }

        return cells;
    }
}
