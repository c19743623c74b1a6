using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Bert;

/// <summary>Between <see cref="BertOptions"/> and the <c>config.json</c> of transformers' BERT classes.</summary>
internal static class BertConfiguration
{
    public static ModelConfiguration Describe(BertOptions options)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(BertHeads.Classes[options.Head!]),
            ["model_type"] = "bert",
            ["vocab_size"] = options.VocabularySize,
            ["hidden_size"] = options.HiddenSize,
            ["num_hidden_layers"] = options.Layers,
            ["num_attention_heads"] = options.Heads,
            ["intermediate_size"] = options.FeedForwardSize,
            ["hidden_act"] = options.Activation,
            ["hidden_dropout_prob"] = options.Dropout,
            ["attention_probs_dropout_prob"] = options.AttentionDropout,
            ["classifier_dropout"] = options.ClassifierDropout,
            ["max_position_embeddings"] = options.ContextLength,
            ["type_vocab_size"] = options.TypeVocabularySize,
            ["initializer_range"] = options.InitializerRange,
            ["layer_norm_eps"] = options.LayerNormEpsilon,
            ["pad_token_id"] = options.PadToken,
            ["cls_token_id"] = options.ClassifyToken,
            ["sep_token_id"] = options.SeparatorToken,
            ["mask_token_id"] = options.MaskToken,
            ["position_embedding_type"] = "absolute",
            ["tie_word_embeddings"] = true,
            ["use_cache"] = true,
            ["torch_dtype"] = "float32",
        };
        if (options.Labels is { } labels)
            ConfigReader.WriteLabels(config, labels);
        return new ModelConfiguration(config);
    }

    /// <summary>Missing keys take the defaults that transformers documents for <c>BertConfig</c>.</summary>
    public static BertOptions Read(ModelConfiguration configuration)
    {
        var config = new ConfigReader(configuration);
        config.Require("model_type", "bert", "bert");
        config.Require("position_embedding_type", "absolute", "absolute");
        config.Require("tie_word_embeddings", true, true);
        config.Require("is_decoder", false, false);
        config.Require("add_cross_attention", false, false);
        string head = Head(config.ModelClass);
        if (BertHeads.HasClasses(head))
            config.Require("problem_type", "single_label_classification", "single_label_classification");
        string activation = config.Value("hidden_act", "gelu");
        Activations.Find(activation, "hidden_act");
        return new BertOptions
        {
            Head = head,
            VocabularySize = config.Value("vocab_size", BertPresets.VocabularySize),
            HiddenSize = config.Value("hidden_size", 768),
            Layers = config.Value("num_hidden_layers", 12),
            Heads = config.Value("num_attention_heads", 12),
            FeedForwardSize = config.Value("intermediate_size", 3072),
            Activation = activation,
            Dropout = config.Value("hidden_dropout_prob", 0.1),
            AttentionDropout = config.Value("attention_probs_dropout_prob", 0.1),
            ClassifierDropout = config.Value("classifier_dropout", (double?)null),
            ContextLength = config.Value("max_position_embeddings", BertPresets.ContextLength),
            TypeVocabularySize = config.Value("type_vocab_size", 2),
            InitializerRange = config.Value("initializer_range", 0.02),
            LayerNormEpsilon = config.Value("layer_norm_eps", 1e-12),
            PadToken = config.Value("pad_token_id", (int?)0),
            ClassifyToken = config.Value("cls_token_id", (int?)null),
            SeparatorToken = config.Value("sep_token_id", (int?)null),
            MaskToken = config.Value("mask_token_id", (int?)null),
            Labels = BertHeads.HasClasses(head) ? config.Labels() ?? ["LABEL_0", "LABEL_1"] : null,
        };
    }

    // A bare encoder, or a file that does not say, is read as the model that was pre-trained.
    private static string Head(string? modelClass) => modelClass is null or "BertModel"
        ? BertHeads.MaskedLanguageModel
        : BertHeads.Classes.FirstOrDefault(c => c.Value == modelClass).Key
            ?? throw new ModelException(
                $"config.json: 'architectures' is '{modelClass}'. Supported: {string.Join(", ", BertHeads.Classes.Values)}, and BertModel.");
}
