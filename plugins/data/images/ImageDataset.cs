using System.Globalization;
using System.Text.Json;
using Tenon.Images.Pixels;

namespace Tenon.Images;

/// <summary>An opened image data set. Keeps pixels in memory and does not keep files open.</summary>
internal sealed class ImageDataset : IDataset<ImageExample>
{
    private ImageDataset(DataFacts facts, ImageExamples train, ImageExamples? validation)
    {
        Facts = facts;
        Train = train;
        Validation = validation;
    }

    public DataFacts Facts { get; }

    public IExamples<ImageExample> Train { get; }

    public IExamples<ImageExample>? Validation { get; }

    /// <summary>Selects classes and splits according to the options, and configures preprocessing.</summary>
    /// <param name="origin">Describes and fingerprints the images.</param>
    /// <param name="labels">The source's classes; empty if there are none.</param>
    /// <param name="train">Training images, or all images if the source has no split.</param>
    /// <param name="test">The source's own validation split, or null.</param>
    /// <param name="options">The options of the component.</param>
    /// <param name="context">The context of the run.</param>
    /// <exception cref="DataException">There is nothing left to train on, or 'classes' names an unknown class.</exception>
    public static ImageDataset Open(
        ImageOrigin origin, IReadOnlyList<string> labels, ImageSource train, ImageSource? test, ImageOptions options, DataContext context)
    {
        int[] classes = ImageSelection.Classes(labels, options.Classes, origin.Name);
        SeededRandom random = context.Random.Fork("images");
        int[] trainPositions = Choose(train, "train");
        int[]? testPositions = test is null ? null : Choose(test, "test");
        ImageSource validation = test ?? train;
        if (test is null && options.TestShare > 0)
            (trainPositions, testPositions) = ImageSelection.HoldOut(train, trainPositions, options.TestShare, random.Fork("held-out"));

        // An empty split (one image, a small share) counts as none; the host then holds out examples.
        if (testPositions is [])
            testPositions = null;
        if (trainPositions.Length == 0)
            throw new DataException(
                $"{origin.Name}: there are no images to train on in {origin.Description}. Add images, or change 'classes'.");

        ImageShape shape = test is null ? train.Shape : ImageShape.Common(train.Shape, test.Shape);
        var preparation =
            new Preparation(options.Size, options.Fit, options.Resample, options.Channels == 0 ? shape.Channels : options.Channels);
        var budget = new PixelBudget(options.CacheMegabytes * 1024L * 1024);
        string[] kept = [.. options.Classes ?? labels];
        (int, int, int)? size = preparation.Size(shape);
        var facts = new DataFacts
        {
            Labels = kept,
            ImageSize = size,
            ImagePreparation = preparation.Resizing,
            Notes = origin.Notes,
            Summary = Summary(origin.Description, trainPositions.Length, testPositions?.Length, size, kept.Length),
            Fingerprint = CacheFolder.Fingerprint(
            [origin.Name, .. origin.Fingerprint, JsonSerializer.Serialize<ImageOptions>(options with { CacheMegabytes = 0, MaximumPixels = 0 }),
                $"{context.Random.Seed}"]),
        };
        return new ImageDataset(
            facts,
            new ImageExamples(train, trainPositions, classes, preparation, budget),
            testPositions is null ? null : new ImageExamples(validation, testPositions, classes, preparation, budget));

        int[] Choose(ImageSource source, string split) =>
            ImageSelection.PerClass(source, ImageSelection.OfClasses(source, classes), options.PerClass, random.Fork($"per-class {split}"));
    }

    public void Dispose()
    {
        // There is only memory to release.
    }

    private static string Summary(string description, int train, int? validation, (int Height, int Width, int Channels)? size, int classes)
    {
        string what = size is { } s ? $"{s.Height}×{s.Width} {(s.Channels == 1 ? "gray" : "RGB")}" : "sizes differ";
        string held = validation is { } count ? string.Create(CultureInfo.InvariantCulture, $" and {count:N0} validation images") : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{description}: {train:N0} training images{held}, {what}, " +
            $"{(classes > 1 ? $"{classes} classes" : classes == 1 ? "1 class" : "no classes")}");
    }
}

/// <summary>The origin of images.</summary>
/// <param name="Name">The component's name; errors start with it.</param>
/// <param name="Description">A description of the source, for the summary.</param>
/// <param name="Fingerprint">Values that change when the images change.</param>
internal sealed record ImageOrigin(string Name, string Description, IEnumerable<string> Fingerprint)
{
    /// <summary>Notes about the images for the user, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
