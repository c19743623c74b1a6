using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Tenon;

[assembly: Plugin("contoso.characters", "A recurrent character model, sharpness-aware training and Roman numerals")]

namespace Contoso.Characters;

/// <summary>Options of <see cref="GruModel"/>.</summary>
public sealed record GruOptions
{
    /// <summary>Number of token ids. Defaults to the size of the recipe's tokenizer.</summary>
    [Range(2, 1_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Size of the embeddings and the state.</summary>
    [Range(1, 4096)]
    [TrainedWith]
    public int HiddenSize { get; init; } = 128;

    /// <summary>Maximum number of tokens in a sequence.</summary>
    [Range(2, 65_536)]
    [TrainedWith(AllowsLess = true)]
    public int ContextLength { get; init; } = 128;
}

/// <summary>One layer of gated recurrent units (Cho et al. 2014) over tokens.</summary>
[Architecture("contoso-gru", "Recurrent language model with gated units", ModelTypes = ["contoso-gru"], Stability = Stability.Preview,
    TestSettings = ["hiddenSize=16", "contextLength=24"])]
public sealed class Gru : IArchitecture<GruOptions, GruModel>
{
    /// <inheritdoc/>
    public GruOptions Resolve(GruOptions options, ModelFacts facts) => options with
    {
        VocabularySize = options.VocabularySize ?? facts.VocabularySize
            ?? throw new ModelException("'vocabularySize' is not set and the recipe has no tokenizer. Set one of them."),
    };

    /// <inheritdoc/>
    public GruModel Build(GruOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(GruOptions options) => new(new JsonObject
    {
        ["model_type"] = "contoso-gru",
        ["vocab_size"] = options.VocabularySize,
        ["hidden_size"] = options.HiddenSize,
        ["n_positions"] = options.ContextLength,
    });

    /// <inheritdoc/>
    public GruOptions Read(ModelConfiguration configuration)
    {
        JsonObject config = configuration["config.json"];
        return new() { VocabularySize = Size("vocab_size"), HiddenSize = Size("hidden_size"), ContextLength = Size("n_positions") };

        int Size(string key) => (int?)config[key] ?? throw new ModelException($"config.json has no '{key}'.");
    }
}
