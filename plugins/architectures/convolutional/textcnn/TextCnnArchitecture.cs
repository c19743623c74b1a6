using Tenon.Layers;

namespace Tenon.TextCnn;

/// <summary>
/// A classifier of texts that takes the maximum over all positions of filters of several widths (Kim 2014), with embeddings that start at
/// random and are trained (the paper's CNN-rand). Its folder has its own layout.
/// </summary>
[Architecture("textcnn", "Convolutional text classifier with filters of several widths", ModelTypes = [ModelType],
    Stability = Stability.Preview,
    TestSettings = ["embeddingSize=16", "widths:0=2", "widths:1=3", "filters=8", "contextLength=24", "initializerRange=0.5"])]
public sealed class TextCnnArchitecture : IArchitecture<TextCnnOptions, TextCnnModel>
{
    private const string ModelType = "textcnn";
    private static readonly int[] _defaultWidths = [3, 4, 5];

    /// <inheritdoc/>
    public TextCnnOptions Resolve(TextCnnOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        int vocabulary = LanguageConfiguration.ResolveVocabulary(options.VocabularySize, facts.VocabularySize, published: null);
        return options with
        {
            Widths = options.Widths ?? _defaultWidths,
            VocabularySize = vocabulary,
            PadToken = CausalSequenceClassifier.ResolvePadToken(
                options.PadToken, facts.SpecialTokens.Pad, facts.SpecialTokens.EndOfText, vocabulary),
            Labels = ClassLabels.Resolve(options.Labels, facts.Data.Labels, "the classifier"),
        };
    }

    /// <inheritdoc/>
    public TextCnnModel Build(TextCnnOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(TextCnnOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public TextCnnOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new TextCnnOptions(), Map);

    /// <inheritdoc/>
    public bool IsHead(string name) => name.StartsWith($"{TextClassifier.HeadName}.", StringComparison.Ordinal);

    private static TextCnnOptions Map(ConfigMap map, TextCnnOptions options)
    {
        map.Constant("model_type", ModelType);
        TextCnnOptions mapped = options with
        {
            VocabularySize = map.Value("vocab_size", options.VocabularySize, 0),
            EmbeddingSize = map.Value("embedding_size", options.EmbeddingSize, 300),
            Widths = map.List("filter_widths", options.Widths, _defaultWidths),
            Filters = map.Value("num_filters", options.Filters, 100),
            ContextLength = map.Value("context_length", options.ContextLength, 256),
            Dropout = map.Value("dropout", options.Dropout, 0.5),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.1),
            PadToken = map.Optional("pad_token_id", options.PadToken, missing: 0),
        };
        return mapped with { Labels = map.Labels(options.Labels) ?? ["LABEL_0", "LABEL_1"] };
    }
}
