using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Vit;

/// <summary>
/// Maps <see cref="VitOptions"/> to the files of transformers' <c>ViTForImageClassification</c>: <c>config.json</c> and
/// <c>preprocessor_config.json</c>.
/// </summary>
internal static class VitConfiguration
{
    /// <summary>The <c>model_type</c> of a model with a convolutional stem, which transformers does not support.</summary>
    public const string HybridType = "tenon_vit_hybrid";

    // The only head. A bare encoder is read as a classifier with an untrained head.
    private const string Head = "image-classification";
    private static readonly (string Class, string Head)[] _classes =
        [("ViTForImageClassification", Head), ("ViTModel", Head), ("ViTMAEForPreTraining", Head), ("ViTMAEModel", Head)];

    // A masked autoencoder is read as a classifier that uses its encoder.
    private static readonly (string Name, VitStem Stem)[] _types =
        [("vit", VitStem.Patches), ("vit_mae", VitStem.Patches), (HybridType, VitStem.Convolutions)];

    public static ModelConfiguration Describe(VitOptions options) => ImagePreprocessor.Describe(options, Map);

    public static VitOptions Read(ModelConfiguration configuration) => ImagePreprocessor.Read<VitOptions>(configuration, Map);

    // Missing keys take the defaults that transformers documents for ViTConfig.
    private static VitOptions Map(ConfigMap map, VitOptions options)
    {
        if (map.Reads || options.Stem == VitStem.Patches)
            map.ModelClass(Head, Head, _classes);
        VitStem stem = map.Choice("model_type", options.Stem, VitStem.Patches, _types);
        VitOptions mapped = options with
        {
            Stem = stem,
            ImageSize = map.Value("image_size", options.ImageSize, 224),
            PatchSize = map.Value("patch_size", options.PatchSize, 16),
            Channels = map.Value("num_channels", options.Channels, 3),
            HiddenSize = map.Value("hidden_size", options.HiddenSize, 768),
            Layers = map.Value("num_hidden_layers", options.Layers, 12),
            Heads = map.Value("num_attention_heads", options.Heads, 12),
            FeedForwardSize = map.Value("intermediate_size", options.FeedForwardSize, 3072),
            Activation = map.Text("hidden_act", options.Activation, "gelu", Activations.Names),
            Dropout = map.Value("hidden_dropout_prob", options.Dropout, 0.0),
            AttentionDropout = map.Value("attention_probs_dropout_prob", options.AttentionDropout, 0.0),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.02),
            LayerNormEpsilon = map.Value("layer_norm_eps", options.LayerNormEpsilon, 1e-12),
            QkvBias = map.Value("qkv_bias", options.QkvBias, true),
        };
        map.Note("encoder_stride", options.PatchSize); // of the decoder for masked images
        map.Note("torch_dtype", "float32");
        return mapped with { Labels = map.Labels(options.Labels) ?? ["LABEL_0", "LABEL_1"] };
    }
}
