using SkiaSharp;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// Images of a tensor as one PNG: a grid, or a film strip of a denoising chain. Small images are magnified pixel by pixel.
/// </summary>
public static class ImageGrid
{
    private const int SmallestCell = 64;
    private const int Gap = 6;
    private const int LabelHeight = 20;
    private const float FontSize = 13;
    private static readonly SKColor Ink = new(0x1f, 0x29, 0x37);

    /// <summary>Draws a grid, filled row by row.</summary>
    /// <param name="images">float [B, C, H, W] with C = 1 (gray) or 3 (RGB) in [-1, 1]; other values are clipped. Not disposed.</param>
    /// <param name="labels">
    /// A text below each image; null for none. A text that is wider than its image continues below images without text, and is
    /// otherwise shortened.
    /// </param>
    /// <param name="columns">Images per row; null for a grid that is as square as possible.</param>
    /// <exception cref="ArgumentException">The tensor is not a batch of images, or labels are missing.</exception>
    public static byte[] Png(Tensor images, IReadOnlyList<string>? labels = null, int? columns = null)
    {
        Check(images);
        int count = (int)images.size(0);
        if (labels is not null && labels.Count != count)
            throw new ArgumentException($"There are {count} images and {labels.Count} labels. Pass one label per image.", nameof(labels));
        int across = columns ?? (int)Math.Ceiling(Math.Sqrt(count));
        int down = (count + across - 1) / across;
        int height = (int)images.size(2), width = (int)images.size(3);
        int scale = Math.Max(1, (SmallestCell + Math.Max(height, width) - 1) / Math.Max(height, width));
        int cellWidth = width * scale + Gap;
        int cellHeight = height * scale + Gap + (labels is null ? 0 : LabelHeight);

        using SKSurface surface = SKSurface.Create(new SKImageInfo(across * cellWidth + Gap, down * cellHeight + Gap));
        surface.Canvas.Clear(SKColors.White);
        using SKTypeface typeface = EmbeddedFont.Load();
        using SKFont font = new(typeface, FontSize);
        using SKPaint ink = new() { Color = Ink, IsAntialias = true };
        byte[] pixels = Rgba(images);
        for (int i = 0; i < count; i++)
        {
            int left = Gap + i % across * cellWidth, top = Gap + i / across * cellHeight;
            using SKBitmap bitmap = Bitmap(pixels.AsSpan(i * height * width * 4, height * width * 4), height, width);
            using SKImage image = SKImage.FromBitmap(bitmap);
            SKRect place = SKRect.Create(left, top, width * scale, height * scale);
            surface.Canvas.DrawImage(image, place, new SKSamplingOptions(SKFilterMode.Nearest));
            if (labels is null || labels[i].Length == 0)
                continue;
            int free = Enumerable.Range(i + 1, across - 1 - i % across)
                .TakeWhile(next => next >= count || labels[next].Length == 0).Count();
            string text = FittedText.Of(labels[i], font, free * cellWidth + place.Width);
            bool centered = font.MeasureText(text) <= place.Width;
            surface.Canvas.DrawText(
                text, centered ? place.MidX : place.Left, place.Bottom + FontSize + 1,
                centered ? SKTextAlign.Center : SKTextAlign.Left, font, ink);
        }

        using SKImage picture = surface.Snapshot();
        using SKData png = picture.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>Encodes each image as a PNG of its own size.</summary>
    /// <param name="images">float [B, C, H, W] with C = 1 (gray) or 3 (RGB) in [-1, 1]; other values are clipped. Not disposed.</param>
    /// <exception cref="ArgumentException">The tensor is not a batch of images.</exception>
    public static IReadOnlyList<byte[]> Pngs(Tensor images)
    {
        Check(images);
        int height = (int)images.size(2), width = (int)images.size(3);
        return [.. Rgba(images).Chunk(height * width * 4).Select(pixels =>
        {
            using SKBitmap bitmap = Bitmap(pixels, height, width);
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            return png.ToArray();
        })];
    }

    /// <summary>Draws a film strip: one sample per row, from noise on the left to the image on the right.</summary>
    /// <param name="frames">States of the denoising chain, each float [B, C, H, W]; at least one. Not disposed.</param>
    /// <param name="rows">Maximum number of images to show.</param>
    /// <param name="labels">A text below each row, at least as many as rows; null for none.</param>
    /// <exception cref="ArgumentException">There are no frames, they are not batches of images, or labels are missing.</exception>
    public static byte[] FilmStrip(IReadOnlyList<Tensor> frames, int rows = 8, IReadOnlyList<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count == 0)
            throw new ArgumentException("A film strip needs frames. Set Frames in the sampling options.", nameof(frames));
        using DisposeScope scope = torch.NewDisposeScope();
        int shown = (int)Math.Min(rows, frames[0].size(0));
        if (labels is not null && labels.Count < shown)
            throw new ArgumentException($"There are {shown} rows and {labels.Count} labels. Pass one label per row.", nameof(labels));
        Tensor strips = torch.stack([.. frames.Select(frame => frame.narrow(0, 0, shown))], 1); // [rows, frames, C, H, W]
        string[]? captions = labels is null ? null
            : [.. labels.Take(shown).SelectMany(label => Enumerable.Repeat("", frames.Count - 1).Prepend(label))];
        return Png(strips.flatten(0, 1), captions, frames.Count);
    }

    private static void Check(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.ndim != 4 || images.size(0) == 0 || images.size(1) is not (1 or 3))
        {
            throw new ArgumentException(
                $"A picture needs images [B, C, H, W] with 1 or 3 channels; found [{string.Join(", ", images.shape)}].", nameof(images));
        }
    }

    // [B, C, H, W] in [-1, 1] -> bytes of [B, H, W, 4]
    private static byte[] Rgba(Tensor images)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        Tensor color = images.to(torch.ScalarType.Float32).cpu().clamp(-1, 1).expand(-1, 3, -1, -1); // [B, 1 or 3, H, W] -> [B, 3, H, W]
        Tensor opaque = torch.ones([images.size(0), 1, images.size(2), images.size(3)]);
        Tensor levels = ((torch.cat([color, opaque], 1) + 1) * 127.5).round().to(torch.ScalarType.Byte);
        return levels.permute(0, 2, 3, 1).contiguous().data<byte>().ToArray(); // [B, 4, H, W] -> [B, H, W, 4]
    }

    private static SKBitmap Bitmap(ReadOnlySpan<byte> rgba, int height, int width)
    {
        SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        rgba.CopyTo(bitmap.GetPixelSpan());
        return bitmap;
    }
}
