using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Cnn;

/// <summary>
/// Stages of 3 × 3 convolutions with batch normalization and ReLUs, each followed by a pooling that halves height and width,
/// and a linear classifier on the mean over positions.
/// </summary>
public sealed class CnnModel : ImageClassifier, IHasBatchStatistics
{
    private const int Kernel = 3;
    private readonly CnnOptions _options;
    private readonly Autocast _autocast;
    private readonly NormalizedConvolution[][] _stages;
    private readonly Linear _classifier;

    internal CnnModel(CnnOptions options, BuildContext context) : base(nameof(CnnModel), options)
    {
        ArgumentNullException.ThrowIfNull(context);
        (_options, _autocast) = (options, context.Autocast);
        IReadOnlyList<int> sizes = ResolvedOptions.Value(options.HiddenSizes);
        EmbeddingSize = sizes[^1];
        int before = Input.Channels;
        _stages = new NormalizedConvolution[sizes.Count][];
        foreach ((int stage, int size) in sizes.Index())
        {
            _stages[stage] = [.. Enumerable.Range(0, options.ConvolutionsPerStage).Select(index =>
                new NormalizedConvolution(
                    index == 0 ? before : size, size, Kernel, context, activation: x => F.relu(x), frozenNorm: options.FrozenNorms))];
            before = size;
        }

        torch.nn.Module[] stages = [.. _stages.Select(layers => torch.nn.ModuleList(layers))];
        register_module("stages", torch.nn.ModuleList(stages));
        register_module("classifier", _classifier = new Linear(EmbeddingSize, Labels.Count, context));
        Initialization.Normal(_classifier.Weight, 1 / Math.Sqrt(EmbeddingSize));
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
            var cost = new ConvolutionCost(Input.Size);
            foreach (NormalizedConvolution[] layers in _stages)
            {
                foreach (NormalizedConvolution layer in layers)
                    cost.Add(layer.Convolution);
                cost.Pool(roundUp: false);
            }

            return new ModelCost(
                "image", 1, 2 * (cost.MultiplyAdds + (double)EmbeddingSize * Labels.Count), cost.ActivationBytes(_autocast.Enabled));
        }
    }

    /// <inheritdoc/>
    protected override ImageFeatures Encode(Tensor pixels, List<Tensor>? hiddenStates = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = pixels;
        foreach (NormalizedConvolution[] layers in _stages)
        {
            foreach (NormalizedConvolution layer in layers)
                x = layer.call(x);
            x = F.max_pool2d(x, 2);
            hiddenStates?.Add(x); // [B, C, H, W]
        }

        Tensor pooled = x.mean([2L, 3L]); // [B, C, H, W] -> [B, C]
        foreach (Tensor state in hiddenStates?.SkipLast(1) ?? [])
            state.MoveToOuterDisposeScope();
        return new ImageFeatures(x.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    protected override Tensor Classify(Tensor pooled) => _classifier.call(Dropout.Apply(pooled, _options.Dropout, training));
}
