using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>Maps the options to the <c>config.json</c> of transformers' BART and Marian classes.</summary>
internal static class TransformerConfiguration
{
    /// <summary>Maps <see cref="BartOptions"/>. Missing keys take the defaults that transformers documents for BartConfig.</summary>
    public static BartOptions Map(ConfigMap map, BartOptions options)
    {
        BartOptions mapped = Map(map, options, "BartForConditionalGeneration", "bart", "gelu", scaled: false, vocabulary: 50265) with
        {
            BeginOfText = map.TokenId("bos_token_id", options.BeginOfText, missing: 0),
            PadToken = map.TokenId("pad_token_id", options.PadToken, missing: 1),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText, missing: 2),
            DecoderStart = map.TokenId("decoder_start_token_id", options.DecoderStart, missing: 2),
            ForcedEnd = map.TokenId("forced_eos_token_id", options.ForcedEnd),
            MaskToken = map.Optional("mask_token_id", options.MaskToken),
        };
        map.Require("static_position_embeddings", false, "Positions without parameters are those of Marian.");
        map.Require("normalize_embedding", true, "Only embeddings with a normalization are supported.");
        return mapped;
    }

    /// <summary>Maps <see cref="MarianOptions"/>. Missing keys take the defaults that transformers documents for MarianConfig.</summary>
    public static MarianOptions Map(ConfigMap map, MarianOptions options)
    {
        MarianOptions mapped = Map(map, options, "MarianMTModel", "marian", "gelu", scaled: false, vocabulary: 58101) with
        {
            PadToken = map.TokenId("pad_token_id", options.PadToken, missing: 58100),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText, missing: 0),
            DecoderStart = map.TokenId("decoder_start_token_id", options.DecoderStart, missing: 58100),
            ForcedEnd = map.TokenId("forced_eos_token_id", options.ForcedEnd),
        };
        map.Constant("share_encoder_decoder_embeddings", true, "Separate vocabularies are not supported.");
        map.Note("decoder_vocab_size", mapped.VocabularySize);
        map.Require("static_position_embeddings", true, "Learned positions are those of BART.");
        map.Require("normalize_embedding", false, "Embeddings with a normalization are those of BART.");
        return mapped;
    }

    private static TOptions Map<TOptions>(
        ConfigMap map, TOptions options, string modelClass, string type, string activation, bool scaled, int vocabulary)
        where TOptions : TransformerOptions
    {
        map.Note("architectures", new System.Text.Json.Nodes.JsonArray(modelClass));
        map.Constant("model_type", type);
        TransformerOptions mapped = options with
        {
            VocabularySize = map.Value("vocab_size", options.VocabularySize, vocabulary),
            ContextLength = map.Value("max_position_embeddings", options.ContextLength, 1024),
            HiddenSize = map.Value("d_model", options.HiddenSize, 1024),
            Layers = map.Value("encoder_layers", options.Layers, 12),
            Heads = map.Value("encoder_attention_heads", options.Heads, 16),
            FeedForwardSize = map.Value("encoder_ffn_dim", options.FeedForwardSize, 4096),
            DecoderLayers = map.Value("decoder_layers", options.DecoderLayers, 12),
            DecoderHeads = map.Value("decoder_attention_heads", options.DecoderHeads, 16),
            DecoderFeedForwardSize = map.Value("decoder_ffn_dim", options.DecoderFeedForwardSize, 4096),
            Activation = map.Text("activation_function", options.Activation!, activation, Activations.Names),
            ScaleEmbedding = map.Value("scale_embedding", options.ScaleEmbedding, scaled),
            Dropout = map.Value("dropout", options.Dropout, 0.1),
            AttentionDropout = map.Value("attention_dropout", options.AttentionDropout, 0.0),
            ActivationDropout = map.Value("activation_dropout", options.ActivationDropout, 0.0),
            InitializerRange = map.Value("init_std", options.InitializerRange, 0.02),
            ForcedBegin = map.TokenId("forced_bos_token_id", options.ForcedBegin),
        };
        map.Note("num_hidden_layers", mapped.Layers);
        map.Constant("is_encoder_decoder", true, "Encoders and decoders alone are not supported.");
        map.Require("tie_word_embeddings", true, "A separate head is not supported.");
        map.Require("normalize_before", false, "Only blocks that normalize after each part are supported.");
        map.Require("add_final_layer_norm", false, "Only blocks that normalize after each part are supported.");
        map.Note("use_cache", true);
        map.Note("torch_dtype", "float32");
        return (TOptions)mapped;
    }
}
