namespace Tenon.Layers.Images;

/// <summary>
/// RandAugment (Cubuk et al. 2019, "Practical automated data augmentation with a reduced search space"): several of 14 changes,
/// each drawn uniformly, at one strength. The ranges come from the paper's code, as in torchvision. Pixels from outside the
/// image are black.
/// </summary>
internal static class RandAugment
{
    /// <summary>The strength at which each change reaches the end of its range.</summary>
    public const double LargestMagnitude = 30;

    private const double LargestShear = 0.3;
    private const double LargestShift = 150.0 / 331;
    private const double LargestDegrees = 30;
    private const double LargestFactor = 0.9;
    private const int PosterizedBits = 4;

    /// <summary>The changes: an image, the strength in 0 … 1, and a direction of -1 or 1.</summary>
    private static readonly Func<ImagePixels, double, int, ImagePixels>[] _changes =
    [
        (image, _, _) => image,
        (image, _, _) => AutoContrast(image),
        (image, _, _) => Equalize(image),
        (image, strength, sign) => Rotate(image, sign * strength * LargestDegrees * Math.PI / 180),
        (image, strength, _) => Map(image, value => value >= 256 * (1 - strength) ? 255 - value : value), // solarize
        (image, strength, _) => Map(image, value => value & (0xff << (int)Math.Round(strength * PosterizedBits))), // posterize
        (image, strength, sign) => Blend(image, 1 + sign * strength * LargestFactor, Gray(image)), // color
        (image, strength, sign) => Blend(image, 1 + sign * strength * LargestFactor, Mean(image)), // contrast
        (image, strength, sign) => Blend(image, 1 + sign * strength * LargestFactor, new byte[image.Data.Length]), // brightness
        (image, strength, sign) => Blend(image, 1 + sign * strength * LargestFactor, Smooth(image)), // sharpness
        (image, strength, sign) => WarpedImage.Of(image, new Affine(XY: sign * strength * LargestShear)),
        (image, strength, sign) => WarpedImage.Of(image, new Affine(YX: sign * strength * LargestShear)),
        (image, strength, sign) => WarpedImage.Of(image, new Affine(X: sign * Math.Floor(strength * LargestShift * image.Width))),
        (image, strength, sign) => WarpedImage.Of(image, new Affine(Y: sign * Math.Floor(strength * LargestShift * image.Height))),
    ];

    /// <summary>Number of different changes.</summary>
    public static int Count => _changes.Length;

    /// <summary>Changes an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="changes">Number of changes, applied one after the other.</param>
    /// <param name="magnitude">Strength of each, 0 … <see cref="LargestMagnitude"/>.</param>
    /// <param name="random">The source of randomness.</param>
    public static ImagePixels Apply(ImagePixels image, int changes, double magnitude, SeededRandom random)
    {
        for (int i = 0; i < changes; i++)
            image = Apply(image, (int)random.Next(Count), magnitude, random.Next(2) == 0 ? 1 : -1);
        return image;
    }

    /// <summary>Applies one change.</summary>
    /// <param name="image">The image.</param>
    /// <param name="change">Its number, below <see cref="Count"/>.</param>
    /// <param name="magnitude">Its strength.</param>
    /// <param name="sign">Its direction, -1 or 1.</param>
    public static ImagePixels Apply(ImagePixels image, int change, double magnitude, int sign) =>
        _changes[change](image, magnitude / LargestMagnitude, sign);

    private static ImagePixels Map(ImagePixels image, Func<int, int> value)
    {
        byte[] table = [.. Enumerable.Range(0, 256).Select(level => (byte)value(level))];
        byte[] result = image.Data.ToArray();
        for (int i = 0; i < result.Length; i++)
            result[i] = table[result[i]];
        return image with { Data = result };
    }

    private static ImagePixels Rotate(ImagePixels image, double angle) =>
        WarpedImage.Of(image, new Affine(Math.Cos(angle), -Math.Sin(angle), 0, Math.Sin(angle), Math.Cos(angle)));

    // Interpolates towards another image for factors below 1, and extrapolates away from it above 1.
    private static ImagePixels Blend(ImagePixels image, double factor, byte[] other)
    {
        ReadOnlySpan<byte> own = image.Data.Span;
        byte[] result = new byte[own.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = (byte)Math.Clamp(Math.Round(other[i] + factor * (own[i] - other[i])), 0, 255);
        return image with { Data = result };
    }

    // The brightness of each pixel in all of its channels (ITU-R 601).
    private static byte[] Gray(ImagePixels image)
    {
        byte[] result = image.Data.ToArray();
        for (int i = 0; i + 2 < result.Length && image.Channels == 3; i += 3)
            result.AsSpan(i, 3).Fill((byte)Math.Round(0.299 * result[i] + 0.587 * result[i + 1] + 0.114 * result[i + 2]));
        return result;
    }

    private static byte[] Mean(ImagePixels image)
    {
        byte[] gray = Gray(image);
        byte mean = (byte)Math.Round(gray.Average(value => (double)value));
        return [.. Enumerable.Repeat(mean, gray.Length)];
    }

    // PIL's smoothing filter: the center has weight 5, its neighbors 1; edges stay unchanged.
    private static byte[] Smooth(ImagePixels image)
    {
        (int height, int width, int channels) = (image.Height, image.Width, image.Channels);
        ReadOnlySpan<byte> own = image.Data.Span;
        byte[] result = own.ToArray();
        for (int y = 1; y < height - 1; y++)
        {
            for (int x = channels; x < (width - 1) * channels; x++)
            {
                int sum = 4 * own[y * width * channels + x];
                for (int row = y - 1; row <= y + 1; row++)
                {
                    int at = row * width * channels + x;
                    sum += own[at - channels] + own[at] + own[at + channels];
                }

                result[y * width * channels + x] = (byte)Math.Round(sum / 13.0);
            }
        }

        return result;
    }

    // Each channel is stretched to 0 … 255.
    private static ImagePixels AutoContrast(ImagePixels image) => EachChannel(image, histogram =>
    {
        int low = Array.FindIndex(histogram, count => count > 0), high = Array.FindLastIndex(histogram, count => count > 0);
        return high == low ? value => value : value => (int)Math.Clamp(Math.Round((value - low) * 255.0 / (high - low)), 0, 255);
    });

    // Each channel gets a flat histogram, as PIL computes it.
    private static ImagePixels Equalize(ImagePixels image) => EachChannel(image, histogram =>
    {
        int step = (histogram.Sum() - histogram.Last(count => count > 0)) / 255;
        if (step == 0)
            return value => value;
        int[] levels = new int[256];
        for ((int level, int before) = (0, step / 2); level < 256; before += histogram[level], level++)
            levels[level] = Math.Min(255, before / step);
        return value => levels[value];
    });

    private static ImagePixels EachChannel(ImagePixels image, Func<int[], Func<int, int>> mapOf)
    {
        byte[] result = image.Data.ToArray();
        for (int c = 0; c < image.Channels; c++)
        {
            int[] histogram = new int[256];
            for (int i = c; i < result.Length; i += image.Channels)
                histogram[result[i]]++;
            Func<int, int> map = mapOf(histogram);
            for (int i = c; i < result.Length; i += image.Channels)
                result[i] = (byte)map(result[i]);
        }

        return image with { Data = result };
    }
}
