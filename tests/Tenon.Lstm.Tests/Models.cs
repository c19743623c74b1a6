using System.Runtime.CompilerServices;
using Tenon.Host.Native;

namespace Tenon.Lstm.Tests;

internal static class Models
{
    private static readonly LstmArchitecture Lstm = new();
    private static readonly GruArchitecture Gru = new();

    /// <summary>The language models.</summary>
    public static TheoryData<string> Names { get; } = ["lstm", "gru"];

    // oneDNN's caches, before the first recurrent layer.
    [ModuleInitializer]
    internal static void PrepareTorch() => TorchRuntime.Prepare();

    /// <summary>The model with reference weights.</summary>
    public static RecurrentModel Golden(string name)
    {
        RecurrentModel model = Lstm.Build(
            Lstm.Resolve(Lstm.Read(Goldens.Configuration(name)), NoFacts), new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(model, file => file, Goldens.File(name, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A new tiny language model, always the same.</summary>
    public static RecurrentModel Tiny(string name, Func<RecurrentModelOptions, RecurrentModelOptions>? change = null)
    {
        torch.manual_seed(1);
        var options = new RecurrentModelOptions
        {
            Layers = 2,
            HiddenSize = 24,
            EmbeddingSize = 16,
            ContextLength = 24,
            VocabularySize = 91,
            InitializerRange = 1,
            EndOfText = 0,
        };
        options = change?.Invoke(options) ?? options;
        var context = new BuildContext(torch.CPU, new Autocast());
        RecurrentModel model = name == "lstm" ? Lstm.Build(Lstm.Resolve(options, NoFacts), context)
            : Gru.Build(Gru.Resolve(options, NoFacts), context);
        model.eval();
        return model;
    }

    /// <summary>A new tiny classifier, always the same.</summary>
    public static RecurrentClassifier Classifier(string name, string head, bool bidirectional, params string[] labels)
    {
        torch.manual_seed(1);
        var options = new RecurrentClassifierOptions
        {
            Layers = 2,
            HiddenSize = 12,
            EmbeddingSize = 16,
            ContextLength = 24,
            VocabularySize = 91,
            InitializerRange = 1,
            Head = head,
            Bidirectional = bidirectional,
            Labels = labels,
            PadToken = 0,
        };
        var context = new BuildContext(torch.CPU, new Autocast());
        RecurrentClassifier model = name == "lstm"
            ? new LstmClassifierArchitecture().Build(new LstmClassifierArchitecture().Resolve(options, NoFacts), context)
            : new GruClassifierArchitecture().Build(new GruClassifierArchitecture().Resolve(options, NoFacts), context);
        model.eval();
        return model;
    }

    /// <summary>Nothing is known about tokenizer and data.</summary>
    public static ModelFacts NoFacts { get; } = new(null, new SpecialTokens(), new DataFacts());

    /// <summary>int64 [rows, length], always the same.</summary>
    public static Tensor Ids(int rows, int length, ulong seed = 3)
    {
        var random = new SeededRandom(seed);
        return torch.tensor(Enumerable.Range(0, rows * length).Select(_ => 1 + random.Next(90)).ToArray(), [rows, length]);
    }

    /// <summary>Takes steps of Adam on a batch.</summary>
    /// <returns>The first and the last loss.</returns>
    public static (float First, float Last) Train(IModel model, Batch batch, int steps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        model.Module.train();
        using torch.optim.Optimizer optimizer = torch.optim.Adam(model.Module.parameters(), lr: 0.01);
        var losses = new List<float>();
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            optimizer.zero_grad();
            Tensor loss = model.Loss(batch);
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        model.Module.eval();
        return (losses[0], losses[^1]);
    }
}
