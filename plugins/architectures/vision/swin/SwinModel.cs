using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Swin;

/// <summary>
/// A Swin transformer with a linear classifier on the mean over positions. A forward pass takes images of any size; collating
/// takes only images of the size in the options.
/// </summary>
public sealed class SwinModel : ImageClassifier
{
    private readonly SwinOptions _options;
    private readonly SwinSizes _sizes;
    private readonly Autocast _autocast;
    private readonly SwinEncoder _encoder;
    private readonly Linear _classifier;

    internal SwinModel(SwinOptions options, BuildContext context) : base(nameof(SwinModel), options)
    {
        ArgumentNullException.ThrowIfNull(context);
        _options = options;
        _sizes = SwinSizes.Of(options);
        _autocast = context.Autocast;
        register_module("swin", _encoder = new SwinEncoder(_sizes, options, context));
        register_module("classifier", _classifier = new Linear(_sizes.HiddenSize, Labels.Count, context));
        Initialization.Normal(_classifier.Weight, options.InitializerRange);
    }

    /// <summary>The hidden size of the last stage: an image's vector is the mean over its positions after the last layer norm.</summary>
    /// <inheritdoc/>
    public override int EmbeddingSize => _sizes.HiddenSize;

    /// <summary>The network, for experiments.</summary>
    internal SwinEncoder Encoder => _encoder;

    /// <inheritdoc/>
    public override ModelCost Cost
    {
        get
        {
            IReadOnlyList<int> grids = _sizes.Grids();
            double operand = _autocast.Enabled ? 2 : 4;
            double first = _sizes.Stages[0].HiddenSize;
            double flop = 2 * first * _sizes.Channels * Math.Pow(grids[0] * _sizes.PatchSize, 2) + 2.0 * EmbeddingSize * Labels.Count;
            (double bytes, double checkpointed) = (4 * 2 * first * grids[0] * grids[0], 0.0);
            checkpointed = bytes;
            foreach ((int stage, TransformerShape shape) in _sizes.Stages.Index())
            {
                Windows windows = Windows.Of(grids[stage], grids[stage], _sizes.WindowSize, shifted: false);
                double padded = Math.Pow(Math.Ceiling((double)grids[stage] / windows.Side) * windows.Side, 2);
                TransformerCost cost = shape.Cost(windows.Side * windows.Side);
                flop += padded * cost.ForwardFlop;
                double kept = cost.ActivationBytes(operand, keepsAttentionWeights: true, _options.Dropout > 0);
                (bytes, checkpointed) = (bytes + padded * kept, checkpointed + padded * cost.CheckpointedBytes(kept));
                if (stage < grids.Count - 1)
                {
                    double merged = (double)grids[stage + 1] * grids[stage + 1];
                    flop += 2 * merged * 4 * shape.HiddenSize * 2 * shape.HiddenSize;
                    (bytes, checkpointed) = (bytes + Merging(merged, shape), checkpointed + Merging(merged, shape));
                }
            }

            return new ModelCost("image", 1, flop, bytes)
            {
                CheckpointedActivationBytes = checkpointed,
                IsCheckpointed = _options.ActivationCheckpointing,
            };

            // The norm's input and output over four patches.
            double Merging(double positions, TransformerShape shape) => positions * 4 * shape.HiddenSize * (4 + operand);
        }
    }

    /// <inheritdoc/>
    protected override ImageFeatures Encode(Tensor pixels, List<Tensor>? hiddenStates = null)
    {
        Tensor hidden = _encoder.Forward(pixels, hiddenStates); // [B, N, E]
        return new ImageFeatures(hidden, hidden.mean([1L])); // -> [B, E]
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
