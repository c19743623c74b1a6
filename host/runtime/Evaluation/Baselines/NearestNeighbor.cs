using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Assigns each image the class of the nearest training image by Euclidean distance of the pixels: a baseline without learning
/// (Cover and Hart 1967).
/// </summary>
internal static class NearestNeighbor
{
    private const int ImagesAtOnce = 256;

    /// <summary>Classifies labelled images and counts the results.</summary>
    /// <param name="train">Labelled images of one size.</param>
    /// <param name="evaluated">Labelled images of the same size.</param>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="stop">Cancels the work.</param>
    public static ConfusionMatrix Classify(
        IReadOnlyList<ImageExample> train, IReadOnlyList<ImageExample> evaluated, IReadOnlyList<string> labels,
        CancellationToken stop = default)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        Tensor known = Pixels(train); // [N, pixels]
        Tensor squares = known.square().sum(1L); // [N]
        var matrix = new ConfusionMatrix(labels);
        foreach (ImageExample[] part in evaluated.Chunk(ImagesAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            using DisposeScope each = torch.NewDisposeScope();
            // ‖a − b‖² without ‖a‖², which is the same for all b.
            Tensor distances = squares - 2 * Pixels(part).mm(known.transpose(0, 1)); // [B, N]
            long[] nearest = distances.argmin(1L).data<long>().ToArray();
            foreach ((ImageExample example, long index) in part.Zip(nearest))
                matrix.Add(example.Label!.Value, train[(int)index].Label!.Value);
        }

        return matrix;
    }

    // Pixels centered at 0, where float32 is more precise for small distances: [B, height · width · channels].
    private static Tensor Pixels(IReadOnlyList<ImageExample> examples)
    {
        int size = examples[0].Image.Data.Length;
        float[] values = new float[examples.Count * (long)size];
        foreach ((int row, ImageExample example) in examples.Index())
        {
            ReadOnlySpan<byte> pixels = example.Image.Data.Span;
            for (int i = 0; i < size; i++)
                values[row * (long)size + i] = pixels[i] / 255f - 0.5f;
        }

        return torch.tensor(values, [examples.Count, size]);
    }
}
