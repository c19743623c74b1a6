namespace Tenon.Images.Shipped;

/// <summary>Options of <c>fashion-mnist</c>.</summary>
public sealed record FashionMnistOptions : ImageOptions;

/// <summary>
/// 2,500 grayscale images of clothes at 28×28 pixels, 250 of each of 10 classes, built into the plugin: the first images of each
/// class in Fashion-MNIST's test set (Xiao, Rasul and Vollgraf, 2017). For the full data set, use its files with <c>idx</c>.
/// </summary>
[Data("fashion-mnist", "2,500 images of clothes at 28×28 pixels (built in)", Stability = Stability.Preview)]
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
        IEnumerable<int> cells = Enumerable.Range(0, Labels.Length * PerClass);
        IEnumerable<(int, int)> corners = cells.Select(i => (i / Columns * Side, i % Columns * Side));
        ImageSource source = Sheet.Cut("fashion-mnist-2500.png", Side, corners) with { Labels = [.. cells.Select(i => i / PerClass)] };
        return ImageDataset.Open(
            new ImageOrigin("fashion-mnist", "Fashion-MNIST, 2,500 images of its test set", []), Labels, source, null, options, context);
    }
}
