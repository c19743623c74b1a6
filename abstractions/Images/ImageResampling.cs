namespace Tenon;

/// <summary>
/// Resizes images exactly as Pillow does, because the preprocessing of published models is defined in terms of it: first
/// horizontally, then vertically, rounding to bytes after each pass. Stateless and thread-safe.
/// </summary>
internal static class ImageResampling
{
    private const int Half = 1 << (FilterKernel.Bits - 1);

    /// <summary>Computes a part of the resized image; returns the same object if the part is the unchanged image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="size">Size of the complete resized image.</param>
    /// <param name="filter">How pixels are computed.</param>
    /// <param name="part">The part, within the resized image.</param>
    public static ImagePixels Resize(
        ImagePixels image, (int Height, int Width) size, ImageFilter filter, (int Top, int Left, int Height, int Width) part)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Width, 1);
        if (size == (image.Height, image.Width))
            return part == (0, 0, image.Height, image.Width) ? image : Cut(image, part);
        if (filter == ImageFilter.Nearest)
            return Nearest(image, size, part);
        FilterKernel? down = size.Height == image.Height
            ? null : new FilterKernel(filter, image.Height, size.Height, part.Top, part.Height);
        (int first, int end) = down?.Range ?? (part.Top, part.Top + part.Height);
        ImagePixels rows = size.Width == image.Width
            ? Cut(image, (first, part.Left, end - first, part.Width))
            : Across(image, new FilterKernel(filter, image.Width, size.Width, part.Left, part.Width), first, end - first, part.Width);
        return down is null ? rows : Down(rows, down, first, part.Height);
    }

    private static ImagePixels Cut(ImagePixels image, (int Top, int Left, int Height, int Width) part)
    {
        int channels = image.Channels;
        ReadOnlySpan<byte> data = image.Data.Span;
        byte[] cut = new byte[part.Height * part.Width * channels];
        int length = part.Width * channels;
        for (int y = 0; y < part.Height; y++)
            data.Slice(((part.Top + y) * image.Width + part.Left) * channels, length).CopyTo(cut.AsSpan(y * length));
        return new ImagePixels(part.Height, part.Width, channels, cut);
    }

    private static ImagePixels Nearest(ImagePixels image, (int Height, int Width) size, (int Top, int Left, int Height, int Width) part)
    {
        int[] rows = Sources(image.Height, size.Height, part.Top, part.Height);
        int[] columns = Sources(image.Width, size.Width, part.Left, part.Width);
        int channels = image.Channels;
        ReadOnlySpan<byte> data = image.Data.Span;
        byte[] pixels = new byte[part.Height * part.Width * channels];
        int to = 0;
        foreach (int row in rows)
        {
            foreach (int column in columns)
            {
                data.Slice((row * image.Width + column) * channels, channels).CopyTo(pixels.AsSpan(to));
                to += channels;
            }
        }

        return new ImagePixels(part.Height, part.Width, channels, pixels);
    }

    // Positions are accumulated by addition, as in Pillow: rounding then decides in the same way between two equally near pixels.
    private static int[] Sources(int from, int to, int first, int count)
    {
        double scale = (double)from / to;
        double position = scale * 0.5;
        int[] sources = new int[count];
        for (int i = 0; i < first + count; i++, position += scale)
        {
            if (i >= first)
                sources[i - first] = Math.Min((int)position, from - 1);
        }

        return sources;
    }

    private static ImagePixels Across(ImagePixels image, FilterKernel kernel, int firstRow, int rows, int width)
    {
        (int channels, ReadOnlyMemory<byte> data) = (image.Channels, image.Data);
        byte[] pixels = new byte[rows * width * channels];
        Parallel.For(0, rows, y =>
        {
            ReadOnlySpan<byte> line = data.Span.Slice((firstRow + y) * image.Width * channels, image.Width * channels);
            Span<byte> to = pixels.AsSpan(y * width * channels, width * channels);
            for (int x = 0; x < width; x++)
            {
                ReadOnlySpan<int> weights = kernel.Weights(x);
                for (int c = 0; c < channels; c++)
                {
                    int sum = Half;
                    for (int tap = 0, at = kernel.Start(x) * channels + c; tap < weights.Length; tap++, at += channels)
                        sum += line[at] * weights[tap];
                    to[x * channels + c] = Byte(sum);
                }
            }
        });
        return new ImagePixels(rows, width, channels, pixels);
    }

    // `first` is the row of the complete image at which the given rows start.
    private static ImagePixels Down(ImagePixels image, FilterKernel kernel, int first, int height)
    {
        (int length, ReadOnlyMemory<byte> data) = (image.Width * image.Channels, image.Data);
        byte[] pixels = new byte[height * length];
        Parallel.For(0, height, y =>
        {
            ReadOnlySpan<int> weights = kernel.Weights(y);
            int[] sums = new int[length];
            Array.Fill(sums, Half);
            for (int tap = 0; tap < weights.Length; tap++)
            {
                ReadOnlySpan<byte> line = data.Span.Slice((kernel.Start(y) - first + tap) * length, length);
                int weight = weights[tap];
                for (int i = 0; i < length; i++)
                    sums[i] += line[i] * weight;
            }

            for (int i = 0; i < length; i++)
                pixels[y * length + i] = Byte(sums[i]);
        });
        return new ImagePixels(height, image.Width, image.Channels, pixels);
    }

    private static byte Byte(int sum) => (byte)Math.Clamp(sum >> FilterKernel.Bits, 0, byte.MaxValue);
}
