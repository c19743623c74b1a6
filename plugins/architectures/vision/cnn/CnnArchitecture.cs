using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Cnn;

/// <summary>A small plain convolutional network, a baseline for residual networks and transformers. Its folder has its own
/// layout.</summary>
[Architecture("cnn", "Small plain convolutional network for image classification", ModelTypes = [ModelType], Stability = Stability.Preview,
    TestSettings = ["hiddenSizes:0=8", "hiddenSizes:1=16", "convolutionsPerStage=1"])]
public sealed class CnnArchitecture : IArchitecture<CnnOptions, CnnModel>
{
    private const string ModelType = "tenon_cnn";
    private static readonly int[] _defaultSizes = [32, 64, 128];

    /// <inheritdoc/>
    public CnnOptions Resolve(CnnOptions options, ModelFacts facts)
    {
        CnnOptions known = ImageInput.Resolve(options, facts);
        IReadOnlyList<int> sizes = options.HiddenSizes ?? _defaultSizes;
        int smallest = ResolvedOptions.Value(known.ImageSize) >> sizes.Count;
        return sizes.Count > 0 && smallest > 0
            ? known with { HiddenSizes = sizes }
            : throw new ModelException(
                $"'hiddenSizes' has {sizes.Count} stages ({string.Join(", ", sizes)}), and each halves the images of " +
                $"{known.ImageSize}×{known.ImageSize} pixels. " +
                $"Give 1 to {int.Log2(ResolvedOptions.Value(known.ImageSize))} stages.");
    }

    /// <inheritdoc/>
    public CnnModel Build(CnnOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(CnnOptions options) => ImagePreprocessor.Describe(options, Map);

    /// <inheritdoc/>
    public CnnOptions Read(ModelConfiguration configuration) => ImagePreprocessor.Read<CnnOptions>(configuration, Map);

    /// <inheritdoc/>
    public bool IsHead(string name) => name.StartsWith("classifier.", StringComparison.Ordinal);

    private static CnnOptions Map(ConfigMap map, CnnOptions options)
    {
        map.Constant("model_type", ModelType);
        CnnOptions mapped = options with
        {
            ImageSize = map.Value("image_size", options.ImageSize, 224),
            Channels = map.Value("num_channels", options.Channels, 3),
            HiddenSizes = map.List("hidden_sizes", options.HiddenSizes, _defaultSizes),
            ConvolutionsPerStage = map.Value("convolutions_per_stage", options.ConvolutionsPerStage, 2),
            Dropout = map.Value("classifier_dropout", options.Dropout, 0.0),
        };
        return mapped with { Labels = map.Labels(options.Labels) ?? ["LABEL_0", "LABEL_1"] };
    }
}
