using System.Globalization;
using SkiaSharp;

namespace Tenon.Host.Data;

/// <summary>
/// Image files as model input: rotated by their EXIF orientation, with transparency on white, in gray or color, and prepared as the
/// model requires.
/// </summary>
internal static class ImageFile
{
    /// <summary>Reads a file in its original size.</summary>
    /// <param name="path">PNG, JPEG, WebP, BMP, GIF.</param>
    /// <param name="maximumPixels">The maximum number of pixels.</param>
    /// <returns>The image in color.</returns>
    /// <exception cref="DataException">The file does not exist, is not an image, or is too large.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public static ImagePixels Read(string path, long maximumPixels = ImagePixels.MostPixels)
    {
        if (!File.Exists(path))
            throw new DataException($"The image file '{path}' does not exist.");
        if (GitLfsPointer.IsAt(path))
            throw new DataException($"'{path}' {GitLfsPointer.Advice}.");
        using SKData encoded = SKData.CreateCopy(File.ReadAllBytes(path));
        if (!IsIntact(encoded, path, maximumPixels))
            throw new DataException($"'{path}' is not a readable image. Use a PNG, JPEG, WebP, BMP or GIF file.");
        using SKBitmap bitmap = OverWhite(encoded);
        return new ImagePixels(bitmap.Height, bitmap.Width, 3, Colors(bitmap.GetPixelSpan()));
    }

    // Skia decodes damaged images partially, so the codec is checked first. Each copy of the pixels is freed before the next one.
    private static bool IsIntact(SKData encoded, string path, long maximumPixels)
    {
        using SKCodec? codec = SKCodec.Create(encoded);
        if (codec is null)
            return false;
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > maximumPixels)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"'{path}' has {width} × {height} pixels; at most {maximumPixels:N0} are read. Scale the image down, or raise the limit " +
                $"with --maximum-pixels."));
        }

        using SKBitmap whole = new(codec.Info);
        return codec.GetPixels(whole.Info, whole.GetPixels()) == SKCodecResult.Success;
    }

    // SKImage applies the orientation.
    private static SKBitmap OverWhite(SKData encoded)
    {
        using SKImage image = SKImage.FromEncodedData(encoded);
        SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(SKColors.White);
        canvas.DrawImage(image, 0, 0);
        return bitmap;
    }

    private static byte[] Colors(ReadOnlySpan<byte> rgba)
    {
        byte[] rgb = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
            rgba.Slice(from, 3).CopyTo(rgb.AsSpan(to));
        return rgb;
    }
}
