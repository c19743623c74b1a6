using Tenon.Layers.Images;
using TorchSharp;

namespace Tenon.Images.Tests;

/// <summary>Classifies by the nearest example in pixels: right only when pixels and labels belong together.</summary>
internal static class NearestNeighbor
{
    public static double Accuracy(IReadOnlyList<ImageExample> train, IReadOnlyList<ImageExample> test)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Tensor known = ImageTensors.Stack(train, ImageNormalization.ZeroToOne).flatten(1);
        Tensor asked = ImageTensors.Stack(test, ImageNormalization.ZeroToOne).flatten(1);
        long[] nearest = torch.cdist(asked, known).argmin(dim: 1).data<long>().ToArray();
        return nearest.Zip(test).Count(pair => train[(int)pair.First].Label == pair.Second.Label) / (double)test.Count;
    }

    public static IReadOnlyList<ImageExample> All(IExamples<ImageExample> examples) =>
        [.. Enumerable.Range(0, (int)examples.Count).Select(i => examples[i])];
}
