namespace Tenon.Layers.Images;

/// <summary>An affine map from the pixels of the result to points of the source, about the centers of both.</summary>
/// <param name="XX">Source columns for one column of the result.</param>
/// <param name="XY">Source columns for one row of the result.</param>
/// <param name="X">Source columns at the center.</param>
/// <param name="YX">Source rows for one column of the result.</param>
/// <param name="YY">Source rows for one row of the result.</param>
/// <param name="Y">Source rows at the center.</param>
internal readonly record struct Affine(double XX = 1, double XY = 0, double X = 0, double YX = 0, double YY = 1, double Y = 0);

/// <summary>Warps images: pixels are taken from other points of a source, with bilinear interpolation.</summary>
internal static class WarpedImage
{
    /// <summary>Applies a map.</summary>
    /// <param name="image">The source.</param>
    /// <param name="map">Where each pixel comes from.</param>
    /// <param name="repeatsEdges">Whether points outside the source repeat its edge; otherwise they are black.</param>
    /// <returns>An image of the same size.</returns>
    public static ImagePixels Of(ImagePixels image, Affine map, bool repeatsEdges = false)
    {
        (int height, int width, int channels) = (image.Height, image.Width, image.Channels);
        (double middleX, double middleY) = ((width - 1) / 2.0, (height - 1) / 2.0);
        ReadOnlySpan<byte> source = image.Data.Span;
        byte[] result = new byte[source.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                (double right, double down) = (x - middleX, y - middleY);
                double fromX = map.XX * right + map.XY * down + map.X + middleX, fromY = map.YX * right + map.YY * down + map.Y + middleY;
                if (repeatsEdges)
                    (fromX, fromY) = (Math.Clamp(fromX, 0, width - 1), Math.Clamp(fromY, 0, height - 1));
                (int left, int top) = ((int)Math.Floor(fromX), (int)Math.Floor(fromY));
                (double shareX, double shareY) = (fromX - left, fromY - top);
                for (int c = 0; c < channels; c++)
                {
                    double above = At(source, top, left, c) * (1 - shareX) + At(source, top, left + 1, c) * shareX;
                    double below = At(source, top + 1, left, c) * (1 - shareX) + At(source, top + 1, left + 1, c) * shareX;
                    result[(y * width + x) * channels + c] = (byte)Math.Round(above * (1 - shareY) + below * shareY);
                }
            }
        }

        return image with { Data = result };

        int At(ReadOnlySpan<byte> pixels, int row, int column, int channel) =>
            row < 0 || column < 0 || row >= height || column >= width ? 0 : pixels[(row * width + column) * channels + channel];
    }

    /// <summary>
    /// A random crop of an image, resized to the image's size (Szegedy et al. 2015, section 6): it covers at least the given
    /// share of the area, and its aspect ratio is between 3/4 and 4/3.
    /// </summary>
    /// <param name="image">The source.</param>
    /// <param name="smallest">Smallest share of the area, in (0, 1].</param>
    /// <param name="random">The source of randomness.</param>
    public static ImagePixels Crop(ImagePixels image, double smallest, SeededRandom random)
    {
        double area = smallest + (1 - smallest) * random.NextDouble();
        double ratio = Math.Exp((2 * random.NextDouble() - 1) * Math.Log(4.0 / 3)); // log-uniform
        (double wide, double tall) = (Math.Min(1, Math.Sqrt(area * ratio)), Math.Min(1, Math.Sqrt(area / ratio)));
        double right = (1 - wide) * (random.NextDouble() - 0.5) * image.Width;
        double down = (1 - tall) * (random.NextDouble() - 0.5) * image.Height;
        return Of(image, new Affine(XX: wide, X: right, YY: tall, Y: down), repeatsEdges: true);
    }
}
