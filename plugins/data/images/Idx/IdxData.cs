namespace Tenon.Images.Idx;

/// <summary>
/// Images in the IDX files of MNIST, Fashion-MNIST, KMNIST and EMNIST, read into memory. Not supported: color, and numbers
/// other than bytes.
/// </summary>
[Data("idx", "IDX files of the MNIST family, gzipped or not", Stability = Stability.Preview)]
public sealed class IdxData : IData<IdxOptions, ImageExample>
{
    private const string Component = "idx";

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(IdxOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        bool labelled = options.Labels is not null;
        if (options.TestImages is null ? options.TestLabels is not null : labelled != options.TestLabels is not null)
            throw new DataException($"{Component}: 'labels', 'testImages' and 'testLabels' are inconsistent. Set both files of the " +
                "test split or neither; 'testLabels' requires 'labels'.");

        string[] files = [.. Given().Select(file => Paths.File(file.Path, file.Option, Component, context))];
        context.Status($"reading {Path.GetFileName(files[0])}");
        ImageSource train = Read(files[0], labelled ? files[1] : null, options.Transpose);
        ImageSource? test =
            options.TestImages is null ? null : Read(files[labelled ? 2 : 1], labelled ? files[3] : null, options.Transpose);
        if (test is not null && test.Shape != train.Shape)
            throw new DataException(
                $"{Component}: 'testImages' are {test.Shape.Height}×{test.Shape.Width}, but 'images' are " +
                $"{train.Shape.Height}×{train.Shape.Width}. Use files of the same data set.");

        IReadOnlyList<string> labels =
            labelled ? LabelNames.OfNumbers([train.Labels!, test?.Labels ?? []], options.LabelNames, Component) : [];
        var origin = new ImageOrigin(Component, Path.GetFileName(files[0]), files.Select(CacheFolder.Describe));
        return ImageDataset.Open(origin, labels, train, test, options, context);

        IEnumerable<(string? Path, string Option)> Given()
        {
            yield return (options.Images, "images");
            if (labelled)
                yield return (options.Labels, "labels");
            if (options.TestImages is not null)
                yield return (options.TestImages, "testImages");
            if (options.TestLabels is not null)
                yield return (options.TestLabels, "testLabels");
        }
    }

    private static ImageSource Read(string imagePath, string? labelPath, bool transpose)
    {
        IdxFile images = IdxFile.Read(imagePath, dimensions: 3);
        (int count, int height, int width) = (images.Dimensions[0], images.Dimensions[1], images.Dimensions[2]);
        var pixels = new ReadOnlyMemory<byte>[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlyMemory<byte> image = images.Values.AsMemory(i * height * width, height * width);
            pixels[i] = transpose ? Transpose(image.Span, height, width) : image;
        }

        ImageSource source = transpose ? ImageSource.InMemory(pixels, width, height, 1) : ImageSource.InMemory(pixels, height, width, 1);
        if (labelPath is null)
            return source;
        IdxFile labels = IdxFile.Read(labelPath, dimensions: 1);
        return labels.Values.Length == count
            ? source with { Labels = [.. labels.Values.Select(label => (int)label)] }
            : throw new DataException($"'{labelPath}' has {labels.Values.Length} labels for the {count} images of '{imagePath}'. Use " +
                "the label file that belongs to these images.");
    }

    private static byte[] Transpose(ReadOnlySpan<byte> image, int height, int width)
    {
        byte[] transposed = new byte[image.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                transposed[x * height + y] = image[y * width + x];
        }

        return transposed;
    }
}
