using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>Size, shape and classes of a GPT with a classification head.</summary>
public sealed record GptClassifierOptions : GptOptions
{
    /// <summary>
    /// Names of the classes (<c>id2label</c>); a single name makes a reward model. Defaults to the classes of the data, or to a
    /// reward model if it has none.
    /// </summary>
    [MinLength(1)]
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>
    /// The padding token (<c>pad_token_id</c>). Defaults to the tokenizer's, or else the end-of-document token.
    /// </summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }
}

/// <summary>
/// GPT-2 with a linear map from its last token's state to classes (Radford et al. 2018), or to the score of a reward model
/// (Ouyang et al. 2022, section 3.5). Reads and writes the files of transformers' <c>GPT2ForSequenceClassification</c>.
/// </summary>
[Architecture("gpt-classifier", "GPT-2 with a classification head, or as a reward model", ModelTypes = [GptConfiguration.Classifier])]
public sealed class GptClassifierArchitecture : IArchitecture<GptClassifierOptions, GptClassifier>
{
    /// <inheritdoc/>
    public GptClassifierOptions Resolve(GptClassifierOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        GptClassifierOptions resolved = GptArchitecture.ResolveTransformer(options, facts);
        return resolved with
        {
            PadToken = CausalSequenceClassifier.ResolvePadToken(
                options.PadToken, facts.SpecialTokens.Pad, resolved.EndOfText, resolved.VocabularySize!.Value),
            Labels = CausalSequenceClassifier.ResolveLabels(options.Labels, facts.Data.Labels),
        };
    }

    /// <inheritdoc/>
    public GptClassifier Build(GptClassifierOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(GptClassifierOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public GptClassifierOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new GptClassifierOptions(), Map);

    /// <inheritdoc/>
    public string? WeightName(string name) => GptArchitecture.TransformerWeightName(name);

    /// <inheritdoc/>
    public bool IsHead(string name) => GptArchitecture.IsOfHead(name);

    /// <inheritdoc/>
    public Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted) => GptArchitecture.ShorterPositions(name, found, wanted);

    private static GptClassifierOptions Map(ConfigMap map, GptClassifierOptions options)
    {
        GptClassifierOptions mapped = GptConfiguration.Map(map, options, GptConfiguration.Classifier);
        return mapped with
        {
            PadToken = CausalSequenceClassifier.MapPadToken(map, options.PadToken, mapped.EndOfText, mapped.VocabularySize),
            Labels = map.Labels(options.Labels),
        };
    }
}
