using System.Runtime.CompilerServices;
using Tenon.Host.Native;

namespace Tenon.TextCnn.Tests;

internal static class Models
{
    /// <summary>Nothing is known about tokenizer and data.</summary>
    public static ModelFacts NoFacts { get; } = new(null, new SpecialTokens(), new DataFacts());

    /// <summary>What training needs.</summary>
    public static CollateContext Training { get; } = new(new SeededRandom(1), Training: true, new ToyTokenizer());

    // oneDNN's caches, before the first convolution.
    [ModuleInitializer]
    internal static void PrepareTorch() => TorchRuntime.Prepare();

    /// <summary>A new tiny classifier, always the same.</summary>
    public static TextCnnModel Classifier(params int[] widths)
    {
        torch.manual_seed(1);
        var architecture = new TextCnnArchitecture();
        TextCnnModel model = architecture.Build(
            architecture.Resolve(
                new TextCnnOptions
                {
                    EmbeddingSize = 8,
                    Widths = widths,
                    Filters = 6,
                    ContextLength = 24,
                    VocabularySize = 91,
                    InitializerRange = 1,
                    Labels = ["a", "b"],
                },
                NoFacts),
            new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }

    /// <summary>A new tiny language model, always the same.</summary>
    public static TcnModel Language(int layers = 2, int kernel = 3)
    {
        torch.manual_seed(1);
        var architecture = new TcnArchitecture();
        TcnModel model = architecture.Build(
            architecture.Resolve(
                new TcnOptions
                {
                    Layers = layers,
                    KernelSize = kernel,
                    HiddenSize = 16,
                    ContextLength = 40,
                    VocabularySize = 91,
                    InitializerRange = 1,
                    EndOfText = 0,
                },
                NoFacts),
            new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }

    /// <summary>int64 [rows, length], always the same.</summary>
    public static Tensor Ids(int rows, int length)
    {
        var random = new SeededRandom(3);
        return torch.tensor(Enumerable.Range(0, rows * length).Select(_ => 1 + random.Next(90)).ToArray(), [rows, length]);
    }

    /// <summary>The largest difference of two tensors.</summary>
    public static double Difference(Tensor a, Tensor b)
    {
        a.shape.Should().Equal(b.shape);
        return (a.detach() - b.detach()).abs().max().to(torch.ScalarType.Float64).item<double>();
    }

    /// <summary>Takes steps of Adam on a batch and returns the last loss.</summary>
    public static float Train(IModel model, Batch batch, int steps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        model.Module.train();
        using torch.optim.Optimizer optimizer = torch.optim.Adam(model.Module.parameters(), lr: 0.01);
        float last = 0;
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            optimizer.zero_grad();
            Tensor loss = model.Loss(batch);
            loss.backward();
            optimizer.step();
            last = loss.item<float>();
        }

        model.Module.eval();
        return last;
    }
}
