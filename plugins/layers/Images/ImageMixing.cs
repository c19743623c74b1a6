namespace Tenon.Layers.Images;

/// <summary>
/// Mixup (Zhang et al. 2017) and CutMix (Yun et al. 2019): each image of a batch is mixed with another image of the batch, and
/// the labels are mixed in the same shares.
/// </summary>
internal static class ImageMixing
{
    /// <summary>Name of the other images' labels, int64 [B].</summary>
    public const string Labels = "mixed_labels";

    /// <summary>Name of the share of an image's own label, a float32 scalar.</summary>
    public const string Share = "label_share";

    /// <summary>Mixes the images of a batch.</summary>
    /// <param name="tensors">Contains pixels and labels. The other labels and the share are added; the pixels are replaced.</param>
    /// <param name="mixup">α of mixup; 0 for none.</param>
    /// <param name="cutmix">α of CutMix; 0 for none.</param>
    /// <param name="random">The source of randomness.</param>
    public static void Apply(Dictionary<string, Tensor> tensors, double mixup, double cutmix, SeededRandom random)
    {
        if (mixup == 0 && cutmix == 0)
            return;
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor pixels, Tensor labels) = (tensors[BatchNames.PixelValues], tensors[BatchNames.Labels]);
        long[] order = [.. Enumerable.Range(0, (int)labels.size(0))];
        random.Shuffle<long>(order);
        Tensor others = torch.tensor(order);
        bool cuts = cutmix > 0 && (mixup == 0 || random.Next(2) == 0);
        double share = Beta(cuts ? cutmix : mixup, random);
        Tensor other = pixels.index_select(0, others);
        if (cuts)
            share = Cut(pixels, other, share, random);
        else
            tensors[BatchNames.PixelValues] = (pixels * share + other * (1 - share)).MoveToOuterDisposeScope();
        tensors[Labels] = labels.index_select(0, others).MoveToOuterDisposeScope();
        tensors[Share] = torch.tensor((float)share).MoveToOuterDisposeScope();
    }

    // Replaces a rectangle of each image by that of another, in place, and returns the share of the area that is unchanged.
    private static double Cut(Tensor pixels, Tensor other, double share, SeededRandom random)
    {
        (long height, long width) = (pixels.size(2), pixels.size(3));
        double side = Math.Sqrt(1 - share);
        (long top, long bottom) = Between(height);
        (long left, long right) = Between(width);
        if (bottom == top || right == left)
            return 1;
        pixels.narrow(2, top, bottom - top).narrow(3, left, right - left)
            .copy_(other.narrow(2, top, bottom - top).narrow(3, left, right - left));
        return 1 - (double)(bottom - top) * (right - left) / (height * width);

        (long, long) Between(long length)
        {
            (long half, long middle) = ((long)(side * length) / 2, random.Next(length));
            return (Math.Max(0, middle - half), Math.Min(length, middle + half));
        }
    }

    /// <summary>Draws from the beta distribution with both parameters α.</summary>
    /// <param name="alpha">α, above 0.</param>
    /// <param name="random">The source of randomness.</param>
    public static double Beta(double alpha, SeededRandom random)
    {
        (double one, double other) = (LogGamma(alpha, random), LogGamma(alpha, random));
        return 1 / (1 + Math.Exp(other - one));
    }

    // The logarithm of a gamma-distributed number (Marsaglia and Tsang 2000); for small α the number itself would underflow.
    private static double LogGamma(double alpha, SeededRandom random)
    {
        if (alpha < 1)
            return LogGamma(alpha + 1, random) + Math.Log(1 - random.NextDouble()) / alpha;
        double d = alpha - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = random.NextNormal();
            double v = Math.Pow(1 + c * x, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < x * x / 2 + d - d * v + d * Math.Log(v))
                return Math.Log(d * v);
        }
    }
}
