using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>Size, shape and classes of a Llama, Mistral or Qwen model with a classification head.</summary>
public sealed record LlamaClassifierOptions : LlamaOptions
{
    /// <summary>
    /// Names of the classes (<c>id2label</c>); a single name makes a reward model. Defaults to the classes of the data, or to a
    /// reward model if it has none.
    /// </summary>
    [MinLength(1)]
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The padding token (<c>pad_token_id</c>). Defaults to the tokenizer's, or else the end-of-document token.</summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }
}

/// <summary>
/// Llama, Mistral, Qwen2 or Qwen3 with a linear map from its last token's state to classes, or to the score of a reward model (Ouyang et
/// al. 2022, section 3.5). Reads and writes the files of transformers' <c>LlamaForSequenceClassification</c> and its counterparts
/// for Mistral and Qwen.
/// </summary>
[Architecture("llama-classifier", "Llama, Mistral or Qwen with a classification head, or as a reward model",
    ModelTypes =
    [
        "LlamaForSequenceClassification", "MistralForSequenceClassification", "Qwen2ForSequenceClassification",
        "Qwen3ForSequenceClassification",
    ],
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "keyValueHeads=2", "contextLength=24", "initializerRange=0.2"])]
public sealed class LlamaClassifierArchitecture : IArchitecture<LlamaClassifierOptions, LlamaClassifier>
{
    /// <inheritdoc/>
    public LlamaClassifierOptions Resolve(LlamaClassifierOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        LlamaClassifierOptions resolved = LlamaSizes.Resolve(options, facts);
        return resolved with
        {
            PadToken = CausalSequenceClassifier.ResolvePadToken(
                options.PadToken, facts.SpecialTokens.Pad, resolved.EndOfText, resolved.VocabularySize!.Value),
            Labels = CausalSequenceClassifier.ResolveLabels(options.Labels, facts.Data.Labels),
        };
    }

    /// <inheritdoc/>
    public LlamaClassifier Build(LlamaClassifierOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(LlamaClassifierOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public LlamaClassifierOptions Read(ModelConfiguration configuration)
    {
        LlamaClassifierOptions read = ConfigMap.Read(configuration, "config.json", new LlamaClassifierOptions(), Map);
        LlamaSizes.Check(read);
        return read;
    }

    /// <inheritdoc/>
    public string? WeightName(string name) => LlamaArchitecture.TransformerWeightName(name);

    /// <inheritdoc/>
    public bool IsHead(string name) => LlamaArchitecture.IsOfHead(name);

    private static LlamaClassifierOptions Map(ConfigMap map, LlamaClassifierOptions options)
    {
        LlamaClassifierOptions mapped = LlamaConfiguration.Map(map, options, LlamaConfiguration.Classifier);
        return mapped with
        {
            PadToken = CausalSequenceClassifier.MapPadToken(map, options.PadToken, mapped.EndOfText, mapped.VocabularySize),
            Labels = map.Labels(options.Labels),
        };
    }
}
