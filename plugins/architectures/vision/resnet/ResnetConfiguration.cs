using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Resnet;

/// <summary>
/// Maps <see cref="ResnetOptions"/> to the files of transformers' <c>ResNetForImageClassification</c>: <c>config.json</c>, and
/// <c>preprocessor_config.json</c>, the only file with the image size.
/// </summary>
internal static class ResnetConfiguration
{
    // The only head. A bare encoder is read as a classifier with an untrained head.
    private const string Head = "image-classification";
    private static readonly (string Class, string Head)[] _classes = [("ResNetForImageClassification", Head), ("ResNetModel", Head)];
    private static readonly (string Name, ResidualLayer Type)[] _types =
        [("basic", ResidualLayer.Basic), ("bottleneck", ResidualLayer.Bottleneck)];

    public static ModelConfiguration Describe(ResnetOptions options) => ImagePreprocessor.Describe(options, Map);

    public static ResnetOptions Read(ModelConfiguration configuration) => ImagePreprocessor.Read<ResnetOptions>(configuration, Map);

    // Missing keys take the defaults that transformers documents for ResNetConfig.
    private static ResnetOptions Map(ConfigMap map, ResnetOptions options)
    {
        map.ModelClass(Head, Head, _classes);
        map.Constant("model_type", "resnet");
        ResnetOptions mapped = options with
        {
            Channels = map.Value("num_channels", options.Channels, 3),
            EmbeddingSize = map.Value("embedding_size", options.EmbeddingSize, 64),
            HiddenSizes = map.List("hidden_sizes", options.HiddenSizes, [256, 512, 1024, 2048]),
            Depths = map.List("depths", options.Depths, [3, 4, 6, 3]),
            LayerType = map.Choice("layer_type", options.LayerType ?? ResidualLayer.Bottleneck, ResidualLayer.Bottleneck, _types),
            Activation = map.Text("hidden_act", options.Activation, "relu", Activations.Names),
            DownsampleInFirstStage = map.Value("downsample_in_first_stage", options.DownsampleInFirstStage, false),
            DownsampleInBottleneck = map.Value("downsample_in_bottleneck", options.DownsampleInBottleneck, false),
        };
        map.Note("torch_dtype", "float32");
        return mapped with { Labels = map.Labels(options.Labels) ?? ["LABEL_0", "LABEL_1"] };
    }
}
