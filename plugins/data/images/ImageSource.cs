namespace Tenon.Images;

/// <summary>The common size of several images.</summary>
/// <param name="Height">Rows, or null if they differ.</param>
/// <param name="Width">Columns, or null if they differ.</param>
/// <param name="Channels">The maximum over the images.</param>
internal readonly record struct ImageShape(int? Height, int? Width, int Channels)
{
    public static ImageShape Of(ImagePixels image) => new(image.Height, image.Width, image.Channels);

    public static ImageShape Common(ImageShape a, ImageShape b) => new(
        a.Height == b.Height ? a.Height : null,
        a.Width == b.Width ? a.Width : null,
        Math.Max(a.Channels, b.Channels));
}

/// <summary>The images of one split in their source, before class selection and preprocessing.</summary>
/// <param name="Count">The number of images.</param>
/// <param name="Shape">Their common size.</param>
/// <param name="Read">Reads the pixels at a position; thread-safe.</param>
internal sealed record ImageSource(int Count, ImageShape Shape, Func<int, ImagePixels> Read)
{
    /// <summary>The name of an image's file or row, for messages, or null if images have none.</summary>
    public Func<int, string>? Origin { get; init; }

    /// <summary>The class of each image, or null if there are no classes.</summary>
    public int[]? Labels { get; init; }

    /// <summary>The caption of each image, or null if there are none.</summary>
    public string[]? Captions { get; init; }

    /// <summary>Images with equal numbers are held out together or not at all. Null if images are independent.</summary>
    public int[]? Groups { get; init; }

    /// <summary>Images of one size, in memory.</summary>
    public static ImageSource InMemory(IReadOnlyList<ReadOnlyMemory<byte>> pixels, int height, int width, int channels) => new(
        pixels.Count,
        new ImageShape(height, width, channels),
        i => new ImagePixels(height, width, channels, pixels[i]));
}
