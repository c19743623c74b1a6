namespace Tenon.Images.Pixels;

/// <summary>Converts images to one size and number of channels. Stateless and thread-safe.</summary>
/// <param name="size">Height and width; 0: unchanged.</param>
/// <param name="fit">How non-square images are resized.</param>
/// <param name="filter">How the pixels of a resized image are computed.</param>
/// <param name="channels">1 or 3.</param>
internal sealed class Preparation(int size, ImageFit fit, ImageFilter filter, int channels)
{
    /// <summary>How images are resized; null if they are not.</summary>
    public ImagePreparation? Resizing { get; } = size == 0 ? null
        : fit == ImageFit.Stretch ? ImagePreparation.Stretch(size, size, filter)
        : ImagePreparation.Cover(size, size, filter);

    /// <summary>The size of preprocessed images, or null if they differ.</summary>
    public (int Height, int Width, int Channels)? Size(ImageShape shape)
    {
        if (size > 0)
            return (size, size, channels);
        return shape is { Height: { } height, Width: { } width } ? (height, width, channels) : null;
    }

    /// <summary>The preprocessed image; the same object if there is nothing to do.</summary>
    public ImagePixels Apply(ImagePixels image)
    {
        if (channels == 1)
            image = ToGrey(image);
        image = Resizing?.Apply(image) ?? image;
        return channels == 3 ? ToRgb(image) : image;
    }

    private static ImagePixels ToGrey(ImagePixels image)
    {
        if (image.Channels == 1)
            return image;
        byte[] grey = new byte[image.Height * image.Width];
        ReadOnlySpan<byte> rgb = image.Data.Span;
        for (int i = 0, j = 0; i < grey.Length; i++, j += 3)
            grey[i] = Luma(rgb[j], rgb[j + 1], rgb[j + 2]);
        return new ImagePixels(image.Height, image.Width, 1, grey);
    }

    // ITU-R BT.601, section 2.5.1: 0.299 R + 0.587 G + 0.114 B, in 16-bit fixed point; the factors sum to 65536.
    private static byte Luma(int r, int g, int b) => (byte)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);

    private static ImagePixels ToRgb(ImagePixels image)
    {
        if (image.Channels == 3)
            return image;
        byte[] rgb = new byte[image.Height * image.Width * 3];
        ReadOnlySpan<byte> grey = image.Data.Span;
        for (int i = 0, j = 0; j < rgb.Length; i++, j += 3)
            rgb[j] = rgb[j + 1] = rgb[j + 2] = grey[i];
        return new ImagePixels(image.Height, image.Width, 3, rgb);
    }
}
