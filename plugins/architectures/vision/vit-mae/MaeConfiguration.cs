using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.VitMae;

/// <summary>
/// Maps <see cref="MaeOptions"/> to the files of transformers' <c>ViTMAEForPreTraining</c>: <c>config.json</c> and
/// <c>preprocessor_config.json</c>.
/// </summary>
internal static class MaeConfiguration
{
    private const string Head = "pre-training";
    private static readonly (string Class, string Head)[] _classes = [("ViTMAEForPreTraining", Head), ("ViTMAEModel", Head)];

    public static ModelConfiguration Describe(MaeOptions options) => ImagePreprocessor.Describe(options, Map);

    public static MaeOptions Read(ModelConfiguration configuration) => ImagePreprocessor.Read<MaeOptions>(configuration, Map);

    // Missing keys take the defaults that transformers documents for ViTMAEConfig.
    private static MaeOptions Map(ConfigMap map, MaeOptions options)
    {
        map.ModelClass(Head, Head, _classes);
        map.Constant("model_type", "vit_mae");
        MaeOptions mapped = options with
        {
            ImageSize = map.Value("image_size", options.ImageSize, 224),
            PatchSize = map.Value("patch_size", options.PatchSize, 16),
            Channels = map.Value("num_channels", options.Channels, 3),
            HiddenSize = map.Value("hidden_size", options.HiddenSize, 768),
            Layers = map.Value("num_hidden_layers", options.Layers, 12),
            Heads = map.Value("num_attention_heads", options.Heads, 12),
            FeedForwardSize = map.Value("intermediate_size", options.FeedForwardSize, 3072),
            DecoderHiddenSize = map.Value("decoder_hidden_size", options.DecoderHiddenSize, 512),
            DecoderLayers = map.Value("decoder_num_hidden_layers", options.DecoderLayers, 8),
            DecoderHeads = map.Value("decoder_num_attention_heads", options.DecoderHeads, 16),
            DecoderFeedForwardSize = map.Value("decoder_intermediate_size", options.DecoderFeedForwardSize, 2048),
            MaskRatio = map.Value("mask_ratio", options.MaskRatio, 0.75),
            NormPixLoss = map.Value("norm_pix_loss", options.NormPixLoss, false),
            QkvBias = map.Value("qkv_bias", options.QkvBias, true),
            Activation = map.Text("hidden_act", options.Activation, "gelu", Activations.Names),
            Dropout = map.Value("hidden_dropout_prob", options.Dropout, 0.0),
            AttentionDropout = map.Value("attention_probs_dropout_prob", options.AttentionDropout, 0.0),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.02),
            LayerNormEpsilon = map.Value("layer_norm_eps", options.LayerNormEpsilon, 1e-12),
        };
        map.Note("torch_dtype", "float32");
        return mapped;
    }
}
