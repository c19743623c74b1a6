using System.Text.Json.Nodes;
using Tenon.Gpt;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>GPTs with random weights, which are always the same.</summary>
internal static class RandomGpt
{
    /// <summary>Number of token ids.</summary>
    public const int Vocabulary = 50257;

    private static readonly GptArchitecture _architecture = new();

    /// <summary>The smallest GPT-2.</summary>
    public static GptOptions Gpt2 { get; } = Resolve(new GptOptions { Preset = "gpt2", VocabularySize = Vocabulary });

    /// <summary>About an eighth of the work of <see cref="Gpt2"/>, with the same token ids.</summary>
    public static GptOptions Small { get; } =
        Resolve(new GptOptions { Layers = 4, HiddenSize = 256, Heads = 4, ContextLength = 1024, VocabularySize = Vocabulary });

    /// <summary>Builds a model in eval mode. The caller disposes it.</summary>
    /// <param name="options">Its sizes.</param>
    public static GptModel Build(GptOptions options)
    {
        using Generator seeded = manual_seed(1);
        GptModel model = _architecture.Build(options, new BuildContext(CPU, new Autocast()));
        model.eval();
        return model;
    }

    /// <summary>Writes a model folder with a tokenizer of the same vocabulary size.</summary>
    /// <param name="options">The model's sizes.</param>
    /// <param name="folder">The folder, which is created.</param>
    public static void Write(GptOptions options, string folder)
    {
        Directory.CreateDirectory(folder);
        using (GptModel model = Build(options))
            SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), model.state_dict().Select(entry => (entry.Key, entry.Value)));
        foreach ((string file, JsonObject content) in _architecture.Describe(options).Files)
            File.WriteAllText(Path.Combine(folder, file), content.ToJsonString());
        SyntheticTokenizer.Write(folder, Vocabulary);
    }

    private static GptOptions Resolve(GptOptions options) =>
        _architecture.Resolve(options, new ModelFacts(Vocabulary, new SpecialTokens(), new DataFacts()));
}
