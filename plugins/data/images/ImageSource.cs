namespace Tenon.Images;

/// <summary>What is known of the sizes of several images.</summary>
/// <param name="Height">Rows, or null when they differ.</param>
/// <param name="Width">Columns, or null when they differ.</param>
/// <param name="Channels">The most that any of them has.</param>
internal readonly record struct ImageShape(int? Height, int? Width, int Channels)
{
    public static ImageShape Of(ImagePixels image) => new(image.Height, image.Width, image.Channels);

    public static ImageShape Common(ImageShape a, ImageShape b) => new(
        a.Height == b.Height ? a.Height : null,
        a.Width == b.Width ? a.Width : null,
        Math.Max(a.Channels, b.Channels));
}

/// <summary>Images of one split as their source has them: before classes are chosen and pixels prepared.</summary>
/// <param name="Count">How many.</param>
/// <param name="Shape">Of all of them.</param>
/// <param name="Read">The pixels at a position; thread-safe.</param>
internal sealed record ImageSource(int Count, ImageShape Shape, Func<int, ImagePixels> Read)
{
    /// <summary>The class of each image, or null when there are no classes.</summary>
    public int[]? Labels { get; init; }

    /// <summary>The caption of each image, or null when there are none.</summary>
    public string[]? Captions { get; init; }

    /// <summary>Images with equal numbers are held out together or not at all; null: each stands alone.</summary>
    public int[]? Groups { get; init; }

    /// <summary>Images that are held in memory and have one size.</summary>
    public static ImageSource InMemory(IReadOnlyList<ReadOnlyMemory<byte>> pixels, int height, int width, int channels) => new(
        pixels.Count,
        new ImageShape(height, width, channels),
        i => new ImagePixels(height, width, channels, pixels[i]));
}
