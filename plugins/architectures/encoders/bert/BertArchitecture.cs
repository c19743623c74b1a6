using Tenon.Layers;

namespace Tenon.Bert;

/// <summary>
/// BERT: an encoder with learned positions and post-normalization, pre-trained on masked tokens (Devlin et al. 2018). Reads and
/// writes the files of transformers' <c>BertForMaskedLM</c>, <c>BertForPreTraining</c>, <c>BertForSequenceClassification</c>,
/// <c>BertForTokenClassification</c> and <c>BertForQuestionAnswering</c>.
/// </summary>
[Architecture(
    "bert", "Encoder with masked-language, next-sentence, classification and span heads", ModelTypes = ["bert"],
    Stability = Stability.Stable,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "contextLength=24", "initializerRange=0.2"])]
public sealed class BertArchitecture : IArchitecture<BertOptions, BertModel>
{
    /// <inheritdoc/>
    public BertOptions Resolve(BertOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        TransformerShape shape = BertPresets.All.Find(options.Preset)
            .With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);

        if (options.MaskTokenShare + options.RandomShare > 1)
        {
            throw new ModelException(
                $"'maskTokenShare' is {options.MaskTokenShare} and 'randomShare' is {options.RandomShare}, which is more than 1 in " +
                "total. Both are shares of the same tokens: lower one of them.");
        }

        string classes = facts.Data.LabelsWords ? BertHeads.TokenClassification : BertHeads.SequenceClassification;
        // Data with classes or questions gets a head for them, unless the recipe requests a different one.
        string? ofData = facts.Data.HasQuestions ? BertHeads.QuestionAnswering : facts.Data.Labels.Count > 0 ? classes : null;
        string? requested = ofData is not null && facts.IsOfFolder(nameof(options.Head)) ? null : options.Head;
        string head = requested ?? ofData ?? BertHeads.MaskedLanguageModel;
        if (BertHeads.HasClasses(head) && facts.Data.Labels.Count > 0 && head != classes)
            throw new ModelException($"'head' is '{head}', but the data labels {(facts.Data.LabelsWords ? "words" : "whole texts")}. " +
                $"Set it to '{classes}', or remove it.");
        return Vocabulary(options, facts) with
        {
            Head = head,
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            FeedForwardSize = shape.FeedForwardSize,
            ContextLength = options.ContextLength ?? BertPresets.ContextLength,
            Labels = BertHeads.HasClasses(head) ? ClassLabels.Resolve(options.Labels, facts.Data.Labels, $"the head '{head}'") : null,
        };
    }

    /// <inheritdoc/>
    public BertModel Build(BertOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(BertOptions options) => BertConfiguration.Describe(options);

    /// <inheritdoc/>
    public BertOptions Read(ModelConfiguration configuration) => BertConfiguration.Read(configuration);

    /// <inheritdoc/>
    public bool IsHead(string name) =>
        name.StartsWith("cls.", StringComparison.Ordinal) || name.StartsWith("classifier.", StringComparison.Ordinal)
        || name.StartsWith("bert.pooler.", StringComparison.Ordinal) || name.StartsWith("qa_outputs.", StringComparison.Ordinal);

    /// <summary>Learned positions are truncated to a shorter context.</summary>
    /// <inheritdoc/>
    public Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted) =>
        name == "bert.embeddings.position_embeddings.weight" ? PositionTable.Shorter(found, wanted) : null;

    /// <summary>
    /// Also accepts the names of the first published files: <c>gamma</c> and <c>beta</c> for a layer norm's weight and bias, and
    /// no prefix <c>bert.</c> for a bare encoder. Position numbers that were saved as a buffer are not weights. The decoder
    /// repeats the token embedding of a tied model, and its bias repeats <c>cls.predictions.bias</c>.
    /// </summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
            || name.StartsWith("cls.predictions.decoder.", StringComparison.Ordinal))
            return null;
        if (name.StartsWith("embeddings.", StringComparison.Ordinal) || name.StartsWith("encoder.", StringComparison.Ordinal)
            || name.StartsWith("pooler.", StringComparison.Ordinal))
        {
            name = $"bert.{name}";
        }

        return Replace(Replace(name, ".gamma", ".weight"), ".beta", ".bias");
    }

    private static string Replace(string name, string suffix, string replacement) =>
        name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] + replacement : name;

    // Special tokens that the tokenizer lacks get ids after its own, so any tokenizer can be used for training.
    private static BertOptions Vocabulary(BertOptions options, ModelFacts facts)
    {
        int? tokenizer = facts.VocabularySize;
        int needed = tokenizer ?? 0;
        BertOptions filled = options with
        {
            ClassifyToken = Special(options.ClassifyToken, facts.SpecialTokens.Classify),
            SeparatorToken = Special(options.SeparatorToken, facts.SpecialTokens.Separator),
            MaskToken = Special(options.MaskToken, facts.SpecialTokens.Mask),
            PadToken = Special(options.PadToken, facts.SpecialTokens.Pad) ?? 0,
        };
        if (options.VocabularySize < needed)
        {
            string added = needed > tokenizer ? $", and {needed - tokenizer} special tokens that it lacks" : "";
            string origin = tokenizer is null ? "" : $": {tokenizer} from the tokenizer{added}";
            throw new ModelException(
                $"'vocabularySize' is {options.VocabularySize}, but {needed} ids are in use{origin}. " +
                "Remove it to use the number needed, increase it to at least that, or use the tokenizer that belongs to the model.");
        }

        return filled with
        {
            VocabularySize = options.VocabularySize
                ?? (tokenizer is null ? null : (int?)needed)
                ?? (options.Preset is not null ? BertPresets.VocabularySize : throw new ModelException(
                    "'vocabularySize' is not set and the run has no tokenizer. Set it, configure a tokenizer, or choose a preset.")),
        };

        int? Special(int? set, int? tokenizers)
        {
            int? id = set ?? tokenizers ?? (tokenizer is null ? null : needed);
            needed = Math.Max(needed, (id + 1) ?? 0);
            return id;
        }
    }
}
