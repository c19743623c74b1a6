using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Swin;

/// <summary>
/// Maps <see cref="SwinOptions"/> to the files of transformers' <c>SwinForImageClassification</c>: <c>config.json</c> and
/// <c>preprocessor_config.json</c>.
/// </summary>
internal static class SwinConfiguration
{
    // The only head. A bare encoder is read as a classifier with an untrained head.
    private const string Head = "image-classification";
    private static readonly (string Class, string Head)[] _classes = [("SwinForImageClassification", Head), ("SwinModel", Head)];

    public static ModelConfiguration Describe(SwinOptions options) => ImagePreprocessor.Describe(options, Map);

    public static SwinOptions Read(ModelConfiguration configuration) => ImagePreprocessor.Read<SwinOptions>(configuration, Map);

    // Missing keys take the defaults that transformers documents for SwinConfig.
    private static SwinOptions Map(ConfigMap map, SwinOptions options)
    {
        map.ModelClass(Head, Head, _classes);
        map.Constant("model_type", "swin");
        SwinOptions mapped = options with
        {
            ImageSize = map.Value("image_size", options.ImageSize, 224),
            PatchSize = map.Value("patch_size", options.PatchSize, 4),
            Channels = map.Value("num_channels", options.Channels, 3),
            HiddenSize = map.Value("embed_dim", options.HiddenSize, 96),
            Depths = map.List("depths", options.Depths, [2, 2, 6, 2]),
            NumHeads = map.List("num_heads", options.NumHeads, [3, 6, 12, 24]),
            WindowSize = map.Value("window_size", options.WindowSize, 7),
            MlpRatio = map.Value("mlp_ratio", options.MlpRatio, 4.0),
            QkvBias = map.Value("qkv_bias", options.QkvBias, true),
            Dropout = map.Value("hidden_dropout_prob", options.Dropout, 0.0),
            AttentionDropout = map.Value("attention_probs_dropout_prob", options.AttentionDropout, 0.0),
            DropPathRate = map.Value("drop_path_rate", options.DropPathRate, 0.1),
            Activation = map.Text("hidden_act", options.Activation, "gelu", Activations.Names),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.02),
            LayerNormEpsilon = map.Value("layer_norm_eps", options.LayerNormEpsilon, 1e-5),
        };
        map.Constant("use_absolute_embeddings", false, "Absolute positions are not supported.");
        map.Note("hidden_size", mapped.HiddenSize << (ResolvedOptions.Value(mapped.Depths).Count - 1));
        map.Note("encoder_stride", 32); // of the decoder for masked images
        map.Note("torch_dtype", "float32");
        return mapped with { Labels = map.Labels(options.Labels) ?? ["LABEL_0", "LABEL_1"] };
    }
}
