using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Resnet;

/// <summary>
/// A residual network with a linear classifier on the mean over positions. A forward pass takes images of any size; collating
/// takes only images of the size in the options.
/// </summary>
public sealed class ResnetModel : ImageClassifier, IHasBatchStatistics
{
    private readonly ResnetOptions _options;
    private readonly Autocast _autocast;
    private readonly ResnetEncoder _encoder;
    private readonly Linear _classifier;

    internal ResnetModel(ResnetOptions options, BuildContext context) : base(nameof(ResnetModel), options)
    {
        ArgumentNullException.ThrowIfNull(context);
        _options = options;
        _autocast = context.Autocast;
        ResnetSizes sizes = ResnetSizes.Of(options);
        EmbeddingSize = sizes.HiddenSizes[^1];
        register_module("resnet", _encoder = new ResnetEncoder(sizes, options, Input.Channels, context));
        // transformers' classifier is a sequence: 0 is a flattening, 1 is a linear map.
        register_module("classifier", new NameScope(("1", _classifier = new Linear(EmbeddingSize, Labels.Count, context))));
        Initialization.Normal(_classifier.Weight, 1 / Math.Sqrt(3.0 * EmbeddingSize)); // the variance of torch's uniform default
    }

    /// <summary>The channels of the last stage: an image's vector is their mean over positions.</summary>
    /// <inheritdoc/>
    public override int EmbeddingSize { get; }

    /// <inheritdoc/>
    public bool UsesBatchStatistics => !_options.FrozenNorms;

    /// <inheritdoc/>
    public override ModelCost Cost
    {
        get
        {
            ConvolutionCost cost = _encoder.Cost(Input.Size);
            return new ModelCost(
                "image", 1, 2 * (cost.MultiplyAdds + (double)EmbeddingSize * Labels.Count), cost.ActivationBytes(_autocast.Enabled));
        }
    }

    /// <inheritdoc/>
    protected override ImageFeatures Encode(Tensor pixels, List<Tensor>? hiddenStates = null)
    {
        Tensor hidden = _encoder.Forward(pixels, hiddenStates); // [B, C, H, W]
        return new ImageFeatures(hidden, hidden.mean([2L, 3L])); // -> [B, C]
    }

    /// <inheritdoc/>
    protected override Tensor Classify(Tensor pooled) => _classifier.call(pooled);

    /// <inheritdoc/>
    protected override void AddOutputs(NamedOutputs outputs, ImageFeatures features)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        outputs.Add("pooler_output", () => features.Pooled);
    }
}
