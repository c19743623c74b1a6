using SkiaSharp;

namespace Tenon.Images.Pixels;

/// <summary>Converts images to one size and number of channels. Stateless and thread-safe.</summary>
/// <param name="size">Height and width; 0: unchanged.</param>
/// <param name="fit">How non-square images are resized.</param>
/// <param name="channels">1 or 3.</param>
internal sealed class Preparation(int size, ImageFit fit, int channels)
{
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
        if (size > 0 && (image.Height != size || image.Width != size))
            image = Resize(image);
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

    private ImagePixels Resize(ImagePixels image)
    {
        // Cropping before scaling gives the same result and scales fewer pixels.
        int side = Math.Min(image.Height, image.Width);
        SKRectI part = fit == ImageFit.Stretch
            ? new SKRectI(0, 0, image.Width, image.Height)
            : SKRectI.Create((image.Width - side) / 2, (image.Height - side) / 2, side, side);
        using SKBitmap whole = ToSkia(image);
        using SKPixmap pixels = whole.PeekPixels();
        using SKPixmap? cut = pixels.ExtractSubset(part);
        using var scaled = new SKBitmap(whole.Info.WithSize(size, size));
        using SKPixmap target = scaled.PeekPixels();

        // Mipmaps average the pixels that downscaling drops; without them fine patterns alias.
        bool shrinks = part.Width > size || part.Height > size;
        SKSamplingOptions sampling = shrinks ? new(SKFilterMode.Linear, SKMipmapMode.Linear) : new(SKCubicResampler.Mitchell);
        return cut is not null && cut.ScalePixels(target, sampling)
            ? FromSkia(scaled)
            : throw new InvalidOperationException($"Skia could not scale {part.Width}×{part.Height} pixels to {size}×{size}.");
    }

    private static SKBitmap ToSkia(ImagePixels image)
    {
        SKColorType type = image.Channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888;
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, type, SKAlphaType.Opaque));
        Span<byte> target = bitmap.GetPixelSpan();
        ReadOnlySpan<byte> data = image.Data.Span;
        if (image.Channels == 1)
        {
            data.CopyTo(target);
            return bitmap;
        }

        for (int i = 0, j = 0; i + 2 < data.Length; i += 3, j += 4)
            (target[j], target[j + 1], target[j + 2], target[j + 3]) = (data[i], data[i + 1], data[i + 2], byte.MaxValue);
        return bitmap;
    }

    private static ImagePixels FromSkia(SKBitmap bitmap) =>
        ImageDecoder.Interleave(bitmap.GetPixelSpan(), bitmap.Height, bitmap.Width, bitmap.ColorType == SKColorType.Gray8 ? 1 : 3);
}
