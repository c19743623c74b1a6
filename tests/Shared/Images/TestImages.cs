using Generator = TorchSharp.torch.Generator;

namespace Tenon.Tests;

/// <summary>Images and facts for tests of image models.</summary>
internal static class TestImages
{
    /// <summary>Nothing is known about the data.</summary>
    public static ModelFacts Nothing { get; } = new(null, new SpecialTokens(), new DataFacts());

    public static ModelFacts Facts(int size, int channels, params string[] labels) => new(
        null, new SpecialTokens(),
        new DataFacts { ImageSize = (size, size, channels), Labels = labels.Length > 0 ? labels : ["left", "right"] });

    public static CollateContext Context(bool training = true, ulong seed = 1) => new(new SeededRandom(seed), training, null);

    /// <summary>Bright on the side of its label, with noise.</summary>
    public static ImageExample Image(int seed, int? label, int size = 8, int channels = 1)
    {
        var random = new SeededRandom((ulong)seed);
        byte[] pixels = [.. Enumerable.Range(0, size * size * channels).Select(at =>
            (byte)(random.Next(80) + (at / channels % size < size / 2 == (label == 0) ? 160 : 0)))];
        return new ImageExample(new ImagePixels(size, size, channels, pixels), label);
    }

    /// <summary>Images with the labels 0 and 1 in turn.</summary>
    public static ImageExample[] Many(int count, int size = 8, int channels = 1) =>
        [.. Enumerable.Range(0, count).Select(index => Image(index, index % 2, size, channels))];

    /// <summary>ImageNet's number of classes.</summary>
    public static string[] ThousandLabels { get; } = [.. Enumerable.Range(0, 1000).Select(id => $"class {id}")];

    /// <summary>Trains a classifier on a few images, and asserts that it then knows their classes.</summary>
    public static void ShouldBeLearnedBy<TModel>(TModel model, ImageExample[] examples, int steps, double learningRate = 3e-3)
        where TModel : IClassifier, ICollate<ImageExample>
    {
        model.Module.train();
        using var optimizer = torch.optim.AdamW(model.Module.parameters(), lr: learningRate);
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            using Generator seeded = torch.manual_seed(step);
            using Batch batch = model.Collate(examples, Context(seed: (ulong)step));
            optimizer.zero_grad();
            model.Loss(batch).backward();
            optimizer.step();
        }

        model.Module.eval();
        using DisposeScope scope = torch.NewDisposeScope();
        using Batch all = model.Collate(examples, Context(training: false));
        model.ClassLogits(all).argmax(-1).data<long>().ToArray().Should().Equal(examples.Select(example => (long)example.Label!.Value));
    }
}
