using Tenon.NeoX;

namespace Tenon.Layers.Tests;

/// <summary>Tiny models of the test decoder.</summary>
internal static class NeoXModels
{
    public const int Vocabulary = 100;

    public static ModelFacts Nothing { get; } = new(null, new SpecialTokens(), new DataFacts());

    public static CollateContext Context { get; } = new(new SeededRandom(1), Training: true, Tokenizer: null);

    /// <summary>In eval mode, with weights from a fixed seed.</summary>
    /// <param name="endOfText">Ids that end a text, besides 0.</param>
    public static NeoXModel Tiny(params IReadOnlyList<int> endOfText)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        var architecture = new NeoXArchitecture();
        NeoXOptions options = architecture.Resolve(
            new NeoXOptions
            {
                Layers = 2,
                HiddenSize = 32,
                Heads = 2,
                ContextLength = 24,
                VocabularySize = Vocabulary,
                RotaryShare = 0.5,
                InitializerRange = 0.3,
                EndOfText = 0,
            },
            Nothing);
        NeoXModel model = architecture.Build(options, new BuildContext(torch.CPU, new Autocast()) { EndOfText = endOfText });
        model.eval();
        return model;
    }

    public static double Difference(Tensor a, Tensor b)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        a.shape.Should().Equal(b.shape);
        return (a.detach().to(torch.ScalarType.Float64) - b.detach().to(torch.ScalarType.Float64)).abs().max().item<double>();
    }

    public static float[] Values(Tensor tensor) => [.. tensor.detach().contiguous().data<float>()];

    public static Tensor Ids(params long[][] rows) => torch.tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}
