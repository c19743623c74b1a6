using System.Globalization;

namespace Tenon;

/// <summary>
/// The conversion of images of any size to one size: resized, then center-cropped. Covers everything that
/// <c>preprocessor_config.json</c> specifies about sizes, so that a model folder can record how its images were prepared.
/// Immutable.
/// </summary>
public sealed record ImagePreparation
{
    /// <summary>The size to resize to; null if images keep their size.</summary>
    public (int Height, int Width)? Size { get; init; }

    /// <summary>
    /// Whether the aspect ratio is kept: an image is then resized until it just covers <see cref="Size"/>. Otherwise it is
    /// stretched to that size.
    /// </summary>
    public bool KeepsShape { get; init; }

    /// <summary>The filter that computes the pixels of a resized image.</summary>
    public ImageFilter Filter { get; init; } = ImageFilter.Bilinear;

    /// <summary>The size of the center crop; a smaller image is padded with black. Null if images are not cropped.</summary>
    public (int Height, int Width)? Crop { get; init; }

    /// <summary>Stretches images to a size.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="filter">How pixels are computed.</param>
    public static ImagePreparation Stretch(int height, int width, ImageFilter filter = ImageFilter.Bilinear) =>
        new() { Size = (height, width), Filter = filter };

    /// <summary>Resizes images to cover a size, then crops the center.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="filter">How pixels are computed.</param>
    public static ImagePreparation Cover(int height, int width, ImageFilter filter = ImageFilter.Bilinear) =>
        new() { Size = (height, width), KeepsShape = true, Filter = filter, Crop = (height, width) };

    /// <summary>Prepares an image; returns the same object if there is nothing to do.</summary>
    /// <param name="image">An image of any size.</param>
    /// <exception cref="DataException">
    /// The resized image is not cropped and has more than <see cref="ImagePixels.MostPixels"/> pixels: a long, narrow image that keeps
    /// its shape.
    /// </exception>
    public ImagePixels Apply(ImagePixels image)
    {
        ArgumentNullException.ThrowIfNull(image);
        (int height, int width) = Resized(image.Height, image.Width);
        if (Crop is null && (height, width) != (image.Height, image.Width)
            && (long)height * width > ImagePixels.MostPixels)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"An image of {image.Width} × {image.Height} pixels would be resized to {width} × {height}; at most " +
                $"{ImagePixels.MostPixels:N0} pixels are allowed. Crop the image."));
        }

        if (Crop is not var (cropHeight, cropWidth))
            return ImageResampling.Resize(image, (height, width), Filter, (0, 0, height, width));

        // A smaller image is kept completely. An odd pixel is cropped at the end, or padded at the start.
        (int top, int left) = (Math.Max(0, (height - cropHeight) / 2), Math.Max(0, (width - cropWidth) / 2));
        (int partHeight, int partWidth) = (Math.Min(height, cropHeight), Math.Min(width, cropWidth));
        ImagePixels part = ImageResampling.Resize(image, (height, width), Filter, (top, left, partHeight, partWidth));
        return partHeight == cropHeight && partWidth == cropWidth ? part : Surround(part, cropHeight, cropWidth);
    }

    // The other side is rounded down.
    private (int Height, int Width) Resized(int height, int width)
    {
        if (Size is not var (wantedHeight, wantedWidth))
            return (height, width);
        if (!KeepsShape)
            return (wantedHeight, wantedWidth);
        bool byHeight = (long)height * wantedWidth <= (long)width * wantedHeight;
        return byHeight
            ? (wantedHeight, Math.Max(wantedWidth, Scaled(wantedHeight, width, height)))
            : (Math.Max(wantedHeight, Scaled(wantedWidth, height, width)), wantedWidth);

        static int Scaled(int wanted, int other, int side) => (int)Math.Min(int.MaxValue, (double)((long)wanted * other) / side);
    }

    private static ImagePixels Surround(ImagePixels part, int height, int width)
    {
        (int top, int left) = ((height - part.Height + 1) / 2, (width - part.Width + 1) / 2);
        int channels = part.Channels;
        byte[] pixels = new byte[height * width * channels];
        for (int y = 0; y < part.Height; y++)
        {
            part.Data.Span.Slice(y * part.Width * channels, part.Width * channels)
                .CopyTo(pixels.AsSpan(((top + y) * width + left) * channels));
        }

        return new ImagePixels(height, width, channels, pixels);
    }
}
