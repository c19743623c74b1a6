namespace Tenon.Bert.Tests;

internal static class Models
{
    private static readonly BertArchitecture Architecture = new();

    /// <summary>A model with reference weights.</summary>
    public static BertModel Golden(string name, string weights = "model.safetensors")
    {
        BertModel model = Architecture.Build(Architecture.Read(Goldens.Configuration(name)), new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(name, weights)).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model for the toy tokenizer, always the same.</summary>
    public static BertModel Tiny(Func<BertOptions, BertOptions>? change = null, params string[] labels)
    {
        torch.manual_seed(1);
        var options = new BertOptions { Layers = 2, HiddenSize = 32, Heads = 4, ContextLength = 24, InitializerRange = 0.2 };
        BertModel model = Architecture.Build(Resolve(change?.Invoke(options) ?? options, labels),
            new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }

    public static BertOptions Resolve(BertOptions options, params string[] labels)
    {
        var tokenizer = new ToyTokenizer();
        return Architecture.Resolve(options, new ModelFacts(tokenizer.VocabularySize, tokenizer.Special,
            new DataFacts
            {
                Labels = labels,
                LabelsWords = options.Head == "token-classification",
                HasQuestions = options.Head == "question-answering",
            }));
    }

    public static CollateContext Context(bool training = true, ulong seed = 1) => new(new SeededRandom(seed), training, new ToyTokenizer());

    public static long[] Values(Tensor tensor) => [.. tensor.contiguous().data<long>()];
}
