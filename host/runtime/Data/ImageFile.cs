using SkiaSharp;

namespace Tenon.Host.Data;

/// <summary>
/// Image files as model input: rotated by their EXIF orientation, transparency over white, center-cropped to the aspect ratio,
/// converted to one size and number of channels. Image data uses the same preparation by default, so that inference matches
/// training.
/// </summary>
internal static class ImageFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">PNG, JPEG, WebP, BMP, GIF.</param>
    /// <param name="size">The target size.</param>
    /// <exception cref="DataException">The file does not exist, or is not an image.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public static ImagePixels Read(string path, (int Height, int Width, int Channels) size)
    {
        if (!File.Exists(path))
            throw new DataException($"The image file '{path}' does not exist.");
        using SKData encoded = SKData.CreateCopy(File.ReadAllBytes(path));
        using SKImage image = Decode(encoded) ?? throw new DataException($"'{path}' is not a readable image. Use a PNG, JPEG, WebP, BMP or GIF file.");
        using SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (SKCanvas canvas = new(bitmap))
        {
            canvas.Clear(SKColors.White);
            canvas.DrawImage(image, 0, 0);
        }

        return Fit(bitmap, size);
    }

    /// <summary>Converts pixels to a size and number of channels; returns the same object if nothing changes.</summary>
    /// <param name="image">The pixels.</param>
    /// <param name="size">The target size.</param>
    public static ImagePixels Fit(ImagePixels image, (int Height, int Width, int Channels) size)
    {
        if ((image.Height, image.Width, image.Channels) == size)
            return image;
        using SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> target = bitmap.GetPixelSpan();
        ReadOnlySpan<byte> data = image.Data.Span;
        int last = image.Channels - 1;
        for (int from = 0, to = 0; to < target.Length; from += image.Channels, to += 4)
            (target[to], target[to + 1], target[to + 2], target[to + 3]) = (data[from], data[from + Math.Min(1, last)], data[from + last], byte.MaxValue);
        return Fit(bitmap, size);
    }

    // Skia decodes damaged images partially, so the codec is checked first. SKImage applies the orientation.
    private static SKImage? Decode(SKData encoded)
    {
        using SKCodec? codec = SKCodec.Create(encoded);
        if (codec is null)
            return null;
        using SKBitmap whole = new(codec.Info);
        return codec.GetPixels(whole.Info, whole.GetPixels()) == SKCodecResult.Success ? SKImage.FromEncodedData(encoded) : null;
    }

    private static ImagePixels Fit(SKBitmap bitmap, (int Height, int Width, int Channels) size)
    {
        if (size.Channels == 1)
            MakeGrey(bitmap.GetPixelSpan());
        if (bitmap.Height == size.Height && bitmap.Width == size.Width)
            return Interleave(bitmap, size.Channels);

        double scale = Math.Min(bitmap.Width / (double)size.Width, bitmap.Height / (double)size.Height);
        (int width, int height) = (Math.Max(1, (int)(scale * size.Width)), Math.Max(1, (int)(scale * size.Height)));
        using SKPixmap pixels = bitmap.PeekPixels();
        using SKPixmap? part = pixels.ExtractSubset(SKRectI.Create((bitmap.Width - width) / 2, (bitmap.Height - height) / 2, width, height));
        using SKBitmap scaled = new(bitmap.Info.WithSize(size.Width, size.Height));
        using SKPixmap target = scaled.PeekPixels();
        // Mipmaps average pixels when downscaling.
        SKSamplingOptions sampling = scale > 1 ? new(SKFilterMode.Linear, SKMipmapMode.Linear) : new(SKCubicResampler.Mitchell);
        return part is not null && part.ScalePixels(target, sampling)
            ? Interleave(scaled, size.Channels)
            : throw new InvalidOperationException($"Skia could not scale {width}×{height} pixels to {size.Width}×{size.Height}.");
    }

    private static void MakeGrey(Span<byte> rgba)
    {
        for (int i = 0; i < rgba.Length; i += 4)
        {
            // ITU-R BT.601, section 2.5.1, in 16-bit fixed point; the factors sum to 65536.
            byte luma = (byte)((19595 * rgba[i] + 38470 * rgba[i + 1] + 7471 * rgba[i + 2] + 32768) >> 16);
            rgba.Slice(i, 3).Fill(luma);
        }
    }

    private static ImagePixels Interleave(SKBitmap bitmap, int channels)
    {
        ReadOnlySpan<byte> rgba = bitmap.GetPixelSpan();
        byte[] data = new byte[rgba.Length / 4 * channels];
        for (int from = 0, to = 0; to < data.Length; from += 4, to += channels)
            rgba.Slice(from, channels).CopyTo(data.AsSpan(to));
        return new ImagePixels(bitmap.Height, bitmap.Width, channels, data);
    }
}
