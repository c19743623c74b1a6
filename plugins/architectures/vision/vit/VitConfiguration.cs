using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Vit;

/// <summary>
/// Between <see cref="VitOptions"/> and the files of transformers' <c>ViTForImageClassification</c>: <c>config.json</c>,
/// and <c>preprocessor_config.json</c> of its <c>ViTImageProcessor</c>.
/// </summary>
internal static class VitConfiguration
{
    private const string Preprocessor = "preprocessor_config.json";

    public static ModelConfiguration Describe(VitOptions options)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray("ViTForImageClassification"),
            ["model_type"] = "vit",
            ["image_size"] = options.ImageSize,
            ["patch_size"] = options.PatchSize,
            ["num_channels"] = options.Channels,
            ["hidden_size"] = options.HiddenSize,
            ["num_hidden_layers"] = options.Layers,
            ["num_attention_heads"] = options.Heads,
            ["intermediate_size"] = options.FeedForwardSize,
            ["hidden_act"] = options.Activation,
            ["hidden_dropout_prob"] = options.Dropout,
            ["attention_probs_dropout_prob"] = options.AttentionDropout,
            ["initializer_range"] = options.InitializerRange,
            ["layer_norm_eps"] = options.LayerNormEpsilon,
            ["qkv_bias"] = options.QkvBias,
            ["encoder_stride"] = options.PatchSize,
            ["torch_dtype"] = "float32",
        };
        ConfigReader.WriteLabels(config, options.Labels!);
        var preprocessor = new JsonObject
        {
            ["image_processor_type"] = "ViTImageProcessor",
            ["do_resize"] = true,
            ["size"] = new JsonObject { ["height"] = options.ImageSize, ["width"] = options.ImageSize },
            ["resample"] = 2,
            ["do_rescale"] = true,
            ["rescale_factor"] = 1 / 255.0,
            ["do_normalize"] = true,
            ["image_mean"] = new JsonArray([.. options.ImageMean!.Select(value => (JsonNode)value)]),
            ["image_std"] = new JsonArray([.. options.ImageStd!.Select(value => (JsonNode)value)]),
        };
        return new ModelConfiguration(new Dictionary<string, JsonObject> { ["config.json"] = config, [Preprocessor] = preprocessor });
    }

    /// <summary>Missing keys take the defaults that transformers documents for <c>ViTConfig</c> and <c>ViTImageProcessor</c>.</summary>
    public static VitOptions Read(ModelConfiguration configuration)
    {
        var config = new ConfigReader(configuration);
        config.Require("model_type", "vit", "vit");
        if (config.ModelClass is not (null or "ViTForImageClassification" or "ViTModel"))
            throw new ModelException($"config.json: 'architectures' is '{config.ModelClass}'. Supported: ViTForImageClassification, and ViTModel.");
        string activation = config.Value("hidden_act", "gelu");
        Activations.Find(activation, "hidden_act");
        int channels = config.Value("num_channels", 3);
        (double[] mean, double[] std) = Normalization(configuration, channels);
        return new VitOptions
        {
            ImageSize = config.Value("image_size", VitPresets.ImageSize),
            PatchSize = config.Value("patch_size", 16),
            Channels = channels,
            HiddenSize = config.Value("hidden_size", 768),
            Layers = config.Value("num_hidden_layers", 12),
            Heads = config.Value("num_attention_heads", 12),
            FeedForwardSize = config.Value("intermediate_size", 3072),
            Activation = activation,
            Dropout = config.Value("hidden_dropout_prob", 0.0),
            AttentionDropout = config.Value("attention_probs_dropout_prob", 0.0),
            InitializerRange = config.Value("initializer_range", 0.02),
            LayerNormEpsilon = config.Value("layer_norm_eps", 1e-12),
            QkvBias = config.Value("qkv_bias", true),
            Labels = config.Labels() ?? ["LABEL_0", "LABEL_1"],
            ImageMean = mean,
            ImageStd = std,
        };
    }

    private static (double[] Mean, double[] Std) Normalization(ModelConfiguration configuration, int channels)
    {
        double[] half = [.. Enumerable.Repeat(0.5, channels)];
        if (!configuration.Files.ContainsKey(Preprocessor))
            return (half, half);
        var preprocessor = new ConfigReader(configuration, Preprocessor);
        return preprocessor.Value("do_normalize", true)
            ? (preprocessor.Value<double[]?>("image_mean", half) ?? half, preprocessor.Value<double[]?>("image_std", half) ?? half)
            : ([0], [1]);
    }
}
