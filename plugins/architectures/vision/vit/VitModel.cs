using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Vit;

/// <summary>
/// A vision transformer with a linear classifier on the class token. A forward pass takes images of any size that is a
/// multiple of the patch size, and interpolates the positions; collating takes images of the size in the options only.
/// </summary>
public sealed partial class VitModel : NamedModule, IClassifier, IEmbedder, IImageModel, IPromptTunable, ICollate<ImageExample>, IHasCost
{
    private readonly VitOptions _options;
    private readonly VitSizes _sizes;
    private readonly Autocast _autocast;
    private readonly ImageNormalization _normalization;
    private readonly VitEncoder _encoder;
    private readonly Linear _classifier;
    private readonly PromptSlot _prompt;

    internal VitModel(VitOptions options, BuildContext context) : base(nameof(VitModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _options = options;
        _sizes = VitSizes.Of(options);
        _prompt = new PromptSlot(_sizes.PromptShape);
        _autocast = context.Autocast;
        _normalization = new ImageNormalization(_sizes.ImageMean, _sizes.ImageStd);
        register_module("vit", _encoder = new VitEncoder(_sizes, options, context));
        register_module("classifier", _classifier = new Linear(_sizes.HiddenSize, _sizes.Labels.Count, context));
        Initialization.Normal(_classifier.Weight, options.InitializerRange);
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => _sizes.Labels;

    /// <summary>The hidden size: an image's vector is its class token after the last layer norm.</summary>
    /// <inheritdoc/>
    public int EmbeddingSize => _sizes.HiddenSize;

    /// <inheritdoc/>
    public (int Height, int Width, int Channels) ImageSize => (_sizes.ImageSize, _sizes.ImageSize, _sizes.Channels);

    /// <inheritdoc/>
    public PromptShape PromptShape => _prompt.Shape;

    /// <summary>Virtual tokens in the input follow the class token and have no position: visual prompts (Jia et al. 2022).</summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">A part does not have the shape that <see cref="PromptShape"/> gives.</exception>
    public Prompt? Prompt
    {
        get => _prompt.Prompt;
        set => _prompt.Prompt = value;
    }

    /// <summary>Null: the input does not consist of tokens.</summary>
    /// <inheritdoc/>
    public Parameter? TokenEmbeddings => null;

    /// <summary>
    /// <c>pixel_values</c> [B, C, H, W], and <c>labels</c> [B] where there are any. Images are augmented in training only.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<ImageExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        foreach (ImageExample example in examples)
            CheckSize(example.Image);
        using DisposeScope scope = torch.NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        long[]? labels = ClassLabels.Check([.. examples.Select(example => example.Label)], Labels, context.Training);
        if (labels is not null)
            tensors[BatchNames.Labels] = torch.tensor(labels);
        ImageAugmentation augmentation = context.Training
            ? new ImageAugmentation(_options.FlipProbability, _options.CropPadding, _options.Rotation, _options.Scaling)
            : ImageAugmentation.None;
        tensors[BatchNames.PixelValues] = ImageTensors.Stack(examples, _normalization, augmentation, context.Random.Fork("augmentation"));
        return new Batch(tensors, examples.Count, labels?.Length ?? 0);
    }

    /// <summary>Cross-entropy of the classes.</summary>
    /// <inheritdoc/>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return CrossEntropy.Mean(ClassLogits(batch), batch[BatchNames.Labels]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return Classify(_encoder.Forward(batch[BatchNames.PixelValues], _prompt.Prompt)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Embed(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = _encoder.Forward(batch[BatchNames.PixelValues], _prompt.Prompt); // [B, N, E]
        return hidden.select(1, 0).MoveToOuterDisposeScope(); // -> [B, E]
    }

    /// <summary>
    /// <c>logits</c>, <c>loss</c> where there are <c>labels</c>, <c>last_hidden_state</c>, and <c>hidden_states.N</c> before
    /// the last layer norm.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        using var outputs = new NamedOutputs(inputs, requested);
        List<Tensor> states = [];
        Tensor hidden = _encoder.Forward(outputs.Input(BatchNames.PixelValues), _prompt.Prompt, states);
        Tensor logits = Classify(hidden);

        outputs.Add("logits", () => logits);
        outputs.Add("last_hidden_state", () => hidden);
        outputs.AddEach("hidden_states", states);
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => CrossEntropy.Mean(logits, labels));
        return outputs.Take();
    }

    /// <summary>The cost of one image.</summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            double hidden = _sizes.HiddenSize;
            int positions = _sizes.Patches + 1;
            TransformerCost layers = _sizes.Cost(positions);
            double projection = 2 * hidden * _sizes.Channels * _sizes.ImageSize * _sizes.ImageSize;
            DeviceType device = _encoder.Device.type == DeviceType.CUDA ? DeviceType.CUDA : DeviceType.CPU;
            bool plain = Attention.IsPlain(_autocast, device, positions, positions)
                || (device == DeviceType.CPU && _options.AttentionDropout > 0);
            double kept = layers.ActivationBytes(_autocast.Enabled ? 2 : 4, plain, _options.Dropout > 0);
            return new ModelCost(
                "image", 1, positions * layers.ForwardFlop + projection + 2 * hidden * Labels.Count, positions * (kept + 4 * 2 * hidden))
            {
                CheckpointedActivationBytes = positions * (layers.CheckpointedBytes(kept) + 4 * 2 * hidden),
                IsCheckpointed = _options.ActivationCheckpointing,
            };
        }
    }

    // [B, N, E] -> float32 [B, classes]
    private Tensor Classify(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _classifier.call(hidden.select(1, 0)).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    private void CheckSize(ImagePixels image)
    {
        (int size, int channels) = (_sizes.ImageSize, _sizes.Channels);
        if (image.Height != size || image.Width != size || image.Channels != channels)
        {
            throw new DataException(
                $"An image is {image.Height}×{image.Width} with {image.Channels} channel{(image.Channels == 1 ? "" : "s")}, " +
                $"and the model takes {size}×{size} with {channels}. " +
                $"Set the data's 'size' to {size} and its 'channels' to {channels}.");
        }
    }
}
