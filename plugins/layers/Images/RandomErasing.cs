namespace Tenon.Layers.Images;

/// <summary>Random erasing (Zhong et al. 2017): a rectangle of an image is replaced by noise, so that no single part determines
/// the class.</summary>
internal static class RandomErasing
{
    private const double SmallestArea = 0.02;
    private const double LargestArea = 1.0 / 3;
    private const double LargestRatio = 3.3;
    private const int Attempts = 10;

    /// <summary>Erases a rectangle of some of the images.</summary>
    /// <param name="pixels">float32 [B, C, H, W], normalized, on the CPU. Changed in place.</param>
    /// <param name="probability">Probability for each image.</param>
    /// <param name="random">Image i draws from <c>random.Fork(i)</c>.</param>
    public static void Apply(Tensor pixels, double probability, SeededRandom random)
    {
        for (int i = 0; i < pixels.size(0); i++)
        {
            SeededRandom own = random.Fork(i);
            if (own.NextDouble() < probability)
                Erase(pixels, i, own);
        }
    }

    private static void Erase(Tensor pixels, int image, SeededRandom random)
    {
        (int channels, int height, int width) = ((int)pixels.size(1), (int)pixels.size(2), (int)pixels.size(3));
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = (SmallestArea + (LargestArea - SmallestArea) * random.NextDouble()) * height * width;
            double ratio = Math.Exp((2 * random.NextDouble() - 1) * Math.Log(LargestRatio)); // log-uniform
            (int tall, int wide) = ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));
            if (tall < 1 || wide < 1 || tall >= height || wide >= width)
                continue;
            (long top, long left) = (random.Next(height - tall + 1), random.Next(width - wide + 1));
            float[] noise = [.. Enumerable.Range(0, channels * tall * wide).Select(_ => (float)random.NextNormal())];
            using DisposeScope scope = torch.NewDisposeScope();
            pixels[image].narrow(1, top, tall).narrow(2, left, wide).copy_(torch.tensor(noise).reshape(channels, tall, wide));
            return;
        }
    }
}
