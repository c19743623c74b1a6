namespace Tenon.Llama.Tests;

internal static class Models
{
    private static readonly LlamaArchitecture Architecture = new();

    public static ModelFacts Nothing { get; } = new(null, new SpecialTokens(), new DataFacts());

    /// <summary>The folders with reference data.</summary>
    public static string[] Folders { get; } =
        ["llama-tiny", "llama-tiny-tied", "llama-rope-linear", "llama-rope-dynamic", "llama-rope-yarn", "mistral-tiny", "qwen2-tiny",
            "qwen3-tiny"];

    /// <summary>A model with reference weights.</summary>
    public static LlamaModel Golden(string name, Autocast? autocast = null)
    {
        LlamaModel model = Architecture.Build(
            Architecture.Read(Goldens.Configuration(name)), new BuildContext(torch.CPU, autocast ?? new Autocast()));
        Goldens.Fill(model, file => Architecture.WeightName(file) ?? file, Goldens.File(name, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model in eval mode, always the same.</summary>
    public static LlamaModel Tiny(LlamaOptions options)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        LlamaModel model = Architecture.Build(Resolved(options), new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }

    /// <summary>The options with tiny sizes where none are set.</summary>
    public static LlamaOptions Resolved(LlamaOptions options) => Architecture.Resolve(
        options with
        {
            Layers = options.Layers ?? 2,
            HiddenSize = options.HiddenSize ?? 24,
            Heads = options.Heads ?? 4,
            KeyValueHeads = options.KeyValueHeads ?? 2,
            HeadSize = options.HeadSize ?? 8,
            ContextLength = options.ContextLength ?? 16,
            VocabularySize = options.VocabularySize ?? 50,
            InitializerRange = 0.3,
        },
        Nothing);
}
