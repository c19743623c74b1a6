using System.Globalization;
using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Vit;

/// <summary>
/// A vision transformer with a linear classifier on the class token. A forward pass takes images of any size that the
/// patch size divides, with interpolated positions; collate wants the size of the options.
/// </summary>
public sealed partial class VitModel : NamedModule, IClassifier, IEmbedder, IImageModel, IPromptTunable, ICollate<ImageExample>, IHasCost
{
    private readonly VitOptions _options;
    private readonly Autocast _autocast;
    private readonly ImageNormalization _normalization;
    private readonly VitEncoder _encoder;
    private readonly Linear _classifier;
    private Prompt? _prompt;

    internal VitModel(VitOptions options, BuildContext context) : base(nameof(VitModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (options.Layers is null || options.HiddenSize is null || options.Heads is null || options.FeedForwardSize is null || options.ImageSize is null
            || options.PatchSize is null || options.Channels is null || options.Labels is null || options.ImageMean is null || options.ImageStd is null)
        {
            throw new ModelException("The options of 'vit' are not resolved. Call Resolve, which fills in sizes and classes, before Build.");
        }

        _options = options;
        _autocast = context.Autocast;
        _normalization = new ImageNormalization(options.ImageMean, options.ImageStd);
        register_module("vit", _encoder = new VitEncoder(options, context));
        register_module("classifier", _classifier = new Linear(options.HiddenSize.Value, options.Labels.Count, context));
        Initialization.Normal(_classifier.Weight, options.InitializerRange);
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => _options.Labels!;

    /// <summary>The hidden size: an image's vector is its class token behind the last layer norm.</summary>
    /// <inheritdoc/>
    public int EmbeddingSize => _options.HiddenSize!.Value;

    /// <inheritdoc/>
    public (int Height, int Width, int Channels) ImageSize => (_options.ImageSize!.Value, _options.ImageSize.Value, _options.Channels!.Value);

    /// <inheritdoc/>
    public PromptShape PromptShape => new(
        _options.Layers!.Value, _options.Heads!.Value, _options.HiddenSize!.Value / _options.Heads!.Value, _options.HiddenSize!.Value);

    /// <summary>Virtual tokens in the input stand behind the class token and have no position: visual prompts (Jia et al. 2022).</summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">A part has another shape than <see cref="PromptShape"/> says.</exception>
    public Prompt? Prompt
    {
        get => _prompt;
        set
        {
            VirtualTokens.Check(value, PromptShape);
            _prompt = value;
        }
    }

    /// <summary>Null: the input is no tokens.</summary>
    /// <inheritdoc/>
    public Parameter? TokenEmbeddings => null;

    /// <summary>
    /// <c>pixel_values</c> [B, C, H, W], and <c>labels</c> [B] where there are any; images are mirrored and cut as the
    /// options say, in training only.
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
        return Classify(_encoder.Forward(batch[BatchNames.PixelValues], _prompt)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Embed(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return _encoder.Forward(batch[BatchNames.PixelValues], _prompt).select(1, 0).MoveToOuterDisposeScope(); // [B, N, E] -> [B, E]
    }

    /// <summary>
    /// <c>logits</c>, <c>loss</c> where there are <c>labels</c>, <c>last_hidden_state</c> and <c>hidden_states.N</c>,
    /// which are in front of the last layer norm.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(requested);
        if (!inputs.TryGetValue(BatchNames.PixelValues, out Tensor? pixels))
            throw new ModelException($"The inputs have no '{BatchNames.PixelValues}'. They have: {string.Join(", ", inputs.Keys)}.");

        using DisposeScope scope = torch.NewDisposeScope();
        var states = new List<Tensor>();
        Tensor hidden = _encoder.Forward(pixels, _prompt, states);
        Tensor logits = Classify(hidden);
        var outputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["logits"] = logits, ["last_hidden_state"] = hidden };
        foreach ((int index, Tensor state) in states.Index())
            outputs[$"hidden_states.{index.ToString(CultureInfo.InvariantCulture)}"] = state;
        if (inputs.TryGetValue(BatchNames.Labels, out Tensor? labels))
            outputs["loss"] = CrossEntropy.Mean(logits, labels);
        return outputs.Where(output => requested.Contains(output.Key))
            .ToDictionary(output => output.Key, output => output.Value.MoveToOuterDisposeScope(), StringComparer.Ordinal);
    }

    /// <summary>The cost of one image.</summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            double hidden = _options.HiddenSize!.Value;
            double patch = _options.PatchSize!.Value;
            double patches = Math.Pow(_options.ImageSize!.Value / patch, 2);
            double positions = patches + 1;
            var layers = new TransformerCost(_options.Layers!.Value, hidden, _options.FeedForwardSize!.Value, _options.Heads!.Value, positions);
            double projection = 2 * patches * hidden * _options.Channels!.Value * patch * patch;
            DeviceType device = _encoder.Device.type == DeviceType.CUDA ? DeviceType.CUDA : DeviceType.CPU;
            bool plain = Attention.IsPlain(_autocast, device, (long)positions, (long)positions) || (device == DeviceType.CPU && _options.AttentionDropout > 0);
            double kept = layers.ActivationBytes(
                _autocast.Enabled ? 2 : 4, plain, _options.Dropout > 0);
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
        (int size, int channels) = (_options.ImageSize!.Value, _options.Channels!.Value);
        if (image.Height != size || image.Width != size || image.Channels != channels)
        {
            throw new DataException(
                $"An image is {image.Height}×{image.Width} with {image.Channels} channel{(image.Channels == 1 ? "" : "s")}, and the model takes {size}×{size} with {channels}. " +
                $"Set the data's 'size' to {size} and its 'channels' to {channels}.");
        }
    }
}
