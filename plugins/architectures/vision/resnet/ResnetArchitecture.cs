using Tenon.Layers.Images;

namespace Tenon.Resnet;

/// <summary>
/// The residual network (He et al. 2016, "Deep residual learning for image recognition"). Reads and writes the files of
/// transformers' <c>ResNetForImageClassification</c>.
/// </summary>
[Architecture("resnet", "Residual convolutional network for image classification", ModelTypes = ["resnet"], Stability = Stability.Preview,
    TestSettings = ["embeddingSize=8", "hiddenSizes:0=16", "hiddenSizes:1=32", "depths:0=1", "depths:1=2", "layerType=bottleneck"])]
public sealed class ResnetArchitecture : IArchitecture<ResnetOptions, ResnetModel>
{
    private const string Encoder = "resnet.";
    private const string Head = "classifier.";
    private const int Reduction = ResidualBlock.Reduction;

    /// <inheritdoc/>
    public ResnetOptions Resolve(ResnetOptions options, ModelFacts facts)
    {
        ResnetOptions known = ImageInput.Resolve(options, facts);
        ResnetSizes preset = ResnetPresets.All.Find(options.Preset);
        IReadOnlyList<int> hidden = options.HiddenSizes ?? preset.HiddenSizes;
        IReadOnlyList<int> depths = options.Depths ?? preset.Depths;
        ResidualLayer type = options.LayerType ?? preset.LayerType;
        if (hidden.Count == 0 || hidden.Count != depths.Count)
        {
            throw new ModelException(
                $"'hiddenSizes' has {hidden.Count} stages ({string.Join(", ", hidden)}), but 'depths' has {depths.Count} " +
                $"({string.Join(", ", depths)}). " +
                "Give both lists the same number of stages, at least 1.");
        }

        if (type == ResidualLayer.Bottleneck && hidden.Any(size => size % Reduction != 0))
        {
            throw new ModelException(
                $"'hiddenSizes' is {string.Join(", ", hidden)}, but bottleneck layers need multiples of {Reduction}. Change them, or " +
                "set 'layerType' to basic.");
        }

        return known with
        {
            EmbeddingSize = options.EmbeddingSize ?? preset.EmbeddingSize,
            HiddenSizes = hidden,
            Depths = depths,
            LayerType = type,
        };
    }

    /// <inheritdoc/>
    public ResnetModel Build(ResnetOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(ResnetOptions options) => ResnetConfiguration.Describe(options);

    /// <inheritdoc/>
    public ResnetOptions Read(ModelConfiguration configuration) => ResnetConfiguration.Read(configuration);

    /// <inheritdoc/>
    public bool IsHead(string name) => name.StartsWith(Head, StringComparison.Ordinal);

    /// <summary>Also accepts files of the bare encoder (<c>ResNetModel</c>), whose names do not start with <c>resnet.</c>.</summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool complete = name.StartsWith(Encoder, StringComparison.Ordinal) || name.StartsWith(Head, StringComparison.Ordinal);
        return complete ? name : Encoder + name;
    }
}
