using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Vit;

/// <summary>
/// A vision transformer with a linear classifier on the class token. A forward pass takes images of any size that is a
/// multiple of the patch size, and interpolates the positions; collating takes only images of the size in the options.
/// </summary>
public sealed class VitModel : ImageClassifier, IPromptTunable, IDividesLayers
{
    private readonly VitOptions _options;
    private readonly VitSizes _sizes;
    private readonly Autocast _autocast;
    private readonly VitEncoder _encoder;
    private readonly Linear _classifier;
    private readonly PromptSlot _prompt;

    internal VitModel(VitOptions options, BuildContext context) : base(nameof(VitModel), options)
    {
        ArgumentNullException.ThrowIfNull(context);
        _options = options;
        _sizes = VitSizes.Of(options);
        _prompt = new PromptSlot(_sizes.PromptShape);
        _autocast = context.Autocast;
        register_module("vit", _encoder = new VitEncoder(_sizes, options, context));
        register_module("classifier", _classifier = new Linear(_sizes.HiddenSize, Labels.Count, context));
        Initialization.Normal(_classifier.Weight, options.InitializerRange);
    }

    /// <summary>The hidden size: an image's vector is its class token after the last layer norm.</summary>
    /// <inheritdoc/>
    public override int EmbeddingSize => _sizes.HiddenSize;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> DividedSizes => _sizes.DividedSizes;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorDivision> Divisions { get; private set; } = new Dictionary<string, TensorDivision>();

    /// <inheritdoc/>
    public void Divide(ICommunicator ranks) => Divisions = new LayerRanks(ranks).Divide(this);

    /// <inheritdoc/>
    public PromptShape PromptShape => _prompt.Shape;

    /// <summary>Virtual tokens in the input follow the class token and have no position: visual prompts (Jia et al. 2022).</summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">A part does not match <see cref="PromptShape"/>.</exception>
    public Prompt? Prompt
    {
        get => _prompt.Prompt;
        set => _prompt.Prompt = value;
    }

    /// <summary>Always null, because the input does not consist of tokens.</summary>
    /// <inheritdoc/>
    public Parameter? TokenEmbeddings => null;

    /// <summary>The cost of one image.</summary>
    /// <inheritdoc/>
    public override ModelCost Cost
    {
        get
        {
            double hidden = _sizes.HiddenSize;
            int positions = _sizes.Patches + 1;
            TransformerCost layers = _sizes.Cost(positions);
            double projection = _options.Stem == VitStem.Convolutions
                ? 2 * ConvolutionalStem.MultiplyAdds(_sizes)
                : 2 * hidden * _sizes.Channels * _sizes.ImageSize * _sizes.ImageSize;
            DeviceType device = _encoder.Device.type == DeviceType.CUDA ? DeviceType.CUDA : DeviceType.CPU;
            bool plain = Attention.IsPlain(_autocast, device, positions, positions)
                || (device == DeviceType.CPU && _options.AttentionDropout > 0);
            double kept = layers.ActivationBytes(_autocast.Enabled ? 2 : 4, plain, _options.Dropout > 0);
            return new ModelCost(
                "image", 1, positions * layers.ForwardFlop + projection + 2 * hidden * Labels.Count, positions * (kept + 4 * 2 * hidden))
            {
                CheckpointedActivationBytes = positions * (layers.CheckpointedBytes(kept) + 4 * 2 * hidden),
                IsCheckpointed = _options.ActivationCheckpointing,
                Layers = new EqualLayers(_sizes.Layers, _sizes.HiddenSize, _sizes.Heads, positions * layers.ForwardFlop)
                {
                    PositionsPerUnit = positions,
                },
            };
        }
    }

    /// <inheritdoc/>
    protected override ImageFeatures Encode(Tensor pixels, List<Tensor>? hiddenStates = null)
    {
        Tensor hidden = _encoder.Forward(pixels, _prompt.Prompt, hiddenStates); // [B, N, E]
        return new ImageFeatures(hidden, hidden.select(1, 0)); // -> [B, E]
    }

    /// <inheritdoc/>
    protected override Tensor Classify(Tensor pooled) => _classifier.call(pooled);
}
