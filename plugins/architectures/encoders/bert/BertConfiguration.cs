using Tenon.Layers;

namespace Tenon.Bert;

/// <summary>Maps <see cref="BertOptions"/> to the <c>config.json</c> of transformers' BERT classes.</summary>
internal static class BertConfiguration
{
    public static ModelConfiguration Describe(BertOptions options) => new(ConfigMap.Write(options, Map));

    public static BertOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new BertOptions(), Map);

    // Missing keys take the defaults that transformers documents for BertConfig.
    private static BertOptions Map(ConfigMap map, BertOptions options)
    {
        string head = map.ModelClass(options.Head, BertHeads.MaskedLanguageModel, BertHeads.Classes)!;
        map.Constant("model_type", "bert");
        BertOptions mapped = options with
        {
            Head = head,
            VocabularySize = map.Value("vocab_size", options.VocabularySize, BertPresets.VocabularySize),
            HiddenSize = map.Value("hidden_size", options.HiddenSize, 768),
            Layers = map.Value("num_hidden_layers", options.Layers, 12),
            Heads = map.Value("num_attention_heads", options.Heads, 12),
            FeedForwardSize = map.Value("intermediate_size", options.FeedForwardSize, 3072),
            Activation = map.Text("hidden_act", options.Activation, "gelu", Activations.Names),
            Dropout = map.Value("hidden_dropout_prob", options.Dropout, 0.1),
            AttentionDropout = map.Value("attention_probs_dropout_prob", options.AttentionDropout, 0.1),
            ClassifierDropout = map.Optional("classifier_dropout", options.ClassifierDropout),
            ContextLength = map.Value("max_position_embeddings", options.ContextLength, BertPresets.ContextLength),
            TypeVocabularySize = map.Value("type_vocab_size", options.TypeVocabularySize, 2),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.02),
            LayerNormEpsilon = map.Value("layer_norm_eps", options.LayerNormEpsilon, 1e-12),
            PadToken = map.Optional("pad_token_id", options.PadToken, missing: 0),
            ClassifyToken = map.Optional("cls_token_id", options.ClassifyToken),
            SeparatorToken = map.Optional("sep_token_id", options.SeparatorToken),
            MaskToken = map.Optional("mask_token_id", options.MaskToken),
        };
        map.Constant("position_embedding_type", "absolute", "Relative positions have different weights.");
        mapped = mapped with { TieEmbeddings = map.Value("tie_word_embeddings", options.TieEmbeddings, true) };
        map.Require("is_decoder", false, "A decoder attends only to the preceding tokens.");
        map.Require("add_cross_attention", false, "Cross-attention is not supported.");
        map.Note("use_cache", true);
        map.Note("torch_dtype", "float32");
        if (!BertHeads.HasClasses(head))
            return mapped;
        map.Require("problem_type", "single_label_classification", "Only one class per example is supported.", orNull: true);
        return mapped with { Labels = map.Labels(options.Labels) ?? ["LABEL_0", "LABEL_1"] };
    }
}
