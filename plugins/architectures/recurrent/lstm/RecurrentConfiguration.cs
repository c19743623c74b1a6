using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// Maps the options to <c>config.json</c>. The layout is this plugin's own; parameters have the names of torch's modules.
/// </summary>
internal static class RecurrentConfiguration
{
    private const int ContextLength = 256;

    /// <summary>Vocabulary, context and special tokens of a language model.</summary>
    /// <exception cref="ModelException">The options are not resolved.</exception>
    public static LanguageConfiguration Language(RecurrentModelOptions options) => new()
    {
        VocabularySize = ResolvedOptions.Value(options.VocabularySize),
        ContextLength = ResolvedOptions.Value(options.ContextLength),
        BeginOfText = options.BeginOfText,
        EndOfText = options.EndOfText,
        DividesBatches = !RecurrentLayers.DropOutputs(options),
    };

    public static RecurrentModelOptions Map(ConfigMap map, RecurrentModelOptions options, RecurrentCell cell)
    {
        map.Note("architectures", new JsonArray(LanguageModelClass(cell)));
        RecurrentModelOptions mapped = MapSizes(map, options, RecurrentSizes.NameOf(cell)) with
        {
            BeginOfText = map.TokenId("bos_token_id", options.BeginOfText),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText),
        };
        return mapped with { TieEmbeddings = map.Value("tie_weights", options.TieEmbeddings, true) };
    }

    public static RecurrentClassifierOptions Map(ConfigMap map, RecurrentClassifierOptions options, RecurrentCell cell)
    {
        // A language model is read without the weights of its head.
        string head = map.ModelClass(options.Head, RecurrentHeads.Texts,
        [
            ($"{Prefix(cell)}ForSequenceClassification", RecurrentHeads.Texts),
            ($"{Prefix(cell)}ForTokenClassification", RecurrentHeads.Tokens),
            (LanguageModelClass(cell), RecurrentHeads.Texts),
        ])!;
        RecurrentClassifierOptions mapped = MapSizes(map, options, RecurrentSizes.NameOf(cell)) with
        {
            Head = head,
            Bidirectional = map.Value("bidirectional", options.Bidirectional, false),
            PadToken = map.Optional("pad_token_id", options.PadToken, missing: 0),
        };
        return mapped with { Labels = map.Labels(options.Labels) ?? ["LABEL_0", "LABEL_1"] };
    }

    /// <summary>Maps the options that all recurrent models have.</summary>
    public static TOptions MapSizes<TOptions>(ConfigMap map, TOptions options, string modelType) where TOptions : RecurrentOptions
    {
        map.Constant("model_type", modelType);
        int hidden = map.Value("hidden_size", options.HiddenSize, 650);
        return (TOptions)(options with
        {
            VocabularySize = map.Value("vocab_size", options.VocabularySize, RecurrentPresets.VocabularySize),
            EmbeddingSize = map.Value("embedding_size", options.EmbeddingSize, hidden),
            HiddenSize = hidden,
            Layers = map.Value("num_layers", options.Layers, 1),
            ContextLength = map.Value("context_length", options.ContextLength, ContextLength),
            Dropout = map.Value("dropout", options.Dropout, 0.0),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.1),
        });
    }

    private static string LanguageModelClass(RecurrentCell cell) => $"{Prefix(cell)}ForCausalLM";

    private static string Prefix(RecurrentCell cell) => cell == RecurrentCell.Lstm ? "Lstm" : "Gru";
}
