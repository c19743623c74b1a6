using System.Globalization;
using SkiaSharp;

namespace Tenon.Images.Pixels;

/// <summary>
/// Decodes PNG, JPEG, WebP, BMP and GIF files to 8-bit pixels, with the Exif orientation applied and transparency blended over
/// white. Color profiles are not applied: pixel values are used as stored. Only the first frame of an animation is decoded.
/// Thread-safe.
/// </summary>
internal static class ImageDecoder
{
    // Enough for the headers of most files; the others are read whole.
    private const int Beginning = 256 * 1024;

    /// <summary>The file extensions of images.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"];

    /// <summary>Returns the size of an image file; usually reads only its beginning.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="maximumPixels">The maximum number of pixels.</param>
    /// <exception cref="DataException">It is not an image, or it is too large.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ImageShape Shape(string file, long maximumPixels)
    {
        if (GitLfsPointer.IsAt(file))
            throw new DataException($"'{file}' {GitLfsPointer.Advice}.");
        using FileStream stream = File.OpenRead(file);
        if (stream.Length == 0)
            throw new DataException($"'{file}' is empty (0 bytes). Restore the image, or leave it out.");
        byte[] beginning = new byte[Math.Min(stream.Length, Beginning)];
        stream.ReadExactly(beginning);
        bool whole = beginning.Length == stream.Length || IsReadable(beginning);
        return Shape(whole ? beginning : File.ReadAllBytes(file), $"'{file}'", maximumPixels);
    }

    /// <summary>Returns the size of an encoded image.</summary>
    /// <param name="encoded">The content of a file, or a beginning that contains the header.</param>
    /// <param name="name">Its name in errors.</param>
    /// <param name="maximumPixels">The maximum number of pixels.</param>
    /// <exception cref="DataException">It is not an image, or it is too large.</exception>
    public static ImageShape Shape(byte[] encoded, string name, long maximumPixels)
    {
        using SKCodec codec = Open(encoded, name, maximumPixels);
        return Shape(codec);
    }

    /// <summary>Decodes the pixels of an encoded image.</summary>
    /// <param name="encoded">The content of a file.</param>
    /// <param name="name">Its name in errors.</param>
    /// <param name="maximumPixels">The maximum number of pixels.</param>
    /// <exception cref="DataException">It is not an image, it is too large, or it is truncated.</exception>
    public static ImagePixels Decode(byte[] encoded, string name, long maximumPixels)
    {
        using SKCodec codec = Open(encoded, name, maximumPixels);
        int channels = Channels(codec);
        bool transparent = channels == 3 && codec.Info.AlphaType != SKAlphaType.Opaque;
        SKColorType type = channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888;

        // Without a color space, Skia leaves values unchanged. Unpremultiplied, because blending needs the original color.
        using var bitmap = new SKBitmap(new SKImageInfo(
            codec.Info.Width, codec.Info.Height, type, transparent ? SKAlphaType.Unpremul : SKAlphaType.Opaque));
        SKCodecResult result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
            throw new DataException($"{name} is damaged ({result}). Replace or remove the image.");
        if (transparent)
            BlendOverWhite(bitmap.GetPixelSpan());
        return Upright(Interleave(bitmap.GetPixelSpan(), bitmap.Height, bitmap.Width, channels), codec.EncodedOrigin);
    }

    /// <summary>Copies Skia's pixels (gray, or RGB and a fourth byte) to a new image.</summary>
    public static ImagePixels Interleave(ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        if (channels == 1)
            return new ImagePixels(height, width, 1, pixels.ToArray());
        byte[] rgb = new byte[height * width * 3];
        for (int i = 0, j = 0; i + 2 < rgb.Length; i += 3, j += 4)
            (rgb[i], rgb[i + 1], rgb[i + 2]) = (pixels[j], pixels[j + 1], pixels[j + 2]);
        return new ImagePixels(height, width, 3, rgb);
    }

    private static bool IsReadable(byte[] encoded)
    {
        using SKData copy = SKData.CreateCopy(encoded);
        using SKCodec? codec = SKCodec.Create(copy);
        return codec is not null;
    }

    // A copy for native code: SkiaSharp's managed streams throw when a damaged file makes Skia seek to an invalid position, and an
    // exception within native code ends the process. The codec keeps the copy alive.
    private static SKCodec Open(byte[] encoded, string name, long maximumPixels)
    {
        using SKData copy = SKData.CreateCopy(encoded);
        using SKMemoryStream stream = new(copy);
        SKCodec? codec = SKCodec.Create(stream, out SKCodecResult result);
        if (codec is null)
            throw new DataException($"{name} is not a readable image ({result}). Supported: PNG, JPEG, WebP, BMP and GIF. Convert or " +
                "remove the image.");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height <= maximumPixels)
            return codec;
        codec.Dispose();
        throw new DataException(string.Create(CultureInfo.InvariantCulture,
            $"{name} has {width} × {height} pixels; at most {maximumPixels:N0} pixels are read ('maximumPixels'). Shrink or remove the " +
            $"image."));
    }

    private static int Channels(SKCodec codec) => codec.Info.ColorType == SKColorType.Gray8 ? 1 : 3;

    private static ImageShape Shape(SKCodec codec)
    {
        bool turned = codec.EncodedOrigin >= SKEncodedOrigin.LeftTop;
        SKImageInfo info = codec.Info;
        return turned ? new ImageShape(info.Width, info.Height, Channels(codec)) : new ImageShape(info.Height, info.Width, Channels(codec));
    }

    private static void BlendOverWhite(Span<byte> rgba)
    {
        for (int i = 0; i < rgba.Length; i += 4)
        {
            int alpha = rgba[i + 3];
            for (int c = i; c < i + 3; c++)
                rgba[c] = (byte)((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }

    // The eight orientations of Exif 2.3, tag 274: from the fifth, rows of the file are columns of the image.
    private static ImagePixels Upright(ImagePixels image, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.Default)
            return image;
        bool turned = origin >= SKEncodedOrigin.LeftTop;
        bool fromBottom =
            origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightBottom
                or SKEncodedOrigin.LeftBottom;
        bool fromRight =
            origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        (int height, int width) = turned ? (image.Width, image.Height) : (image.Height, image.Width);
        byte[] upright = new byte[image.Data.Length];
        ReadOnlySpan<byte> data = image.Data.Span;
        for (int y = 0; y < height; y++)
        {
            int line = fromBottom ? height - 1 - y : y;
            for (int x = 0; x < width; x++)
            {
                int column = fromRight ? width - 1 - x : x;
                int from = turned ? column * image.Width + line : line * image.Width + column;
                data.Slice(from * image.Channels, image.Channels).CopyTo(upright.AsSpan((y * width + x) * image.Channels));
            }
        }

        return new ImagePixels(height, width, image.Channels, upright);
    }
}
