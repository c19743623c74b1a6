using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.VitMae;

/// <summary>A masked autoencoder. It learns from images without classes, embeds images, and reconstructs their hidden parts.</summary>
public sealed class MaeModel : NamedModule, IImageReconstructor, IEmbedder, ICollate<ImageExample>, IHasCost
{
    private const string Noise = "noise";
    private const double TargetEpsilon = 1e-6;
    private readonly MaeOptions _options;
    private readonly MaeSizes _sizes;
    private readonly Autocast _autocast;
    private readonly ImageInput _input;
    private readonly MaeEncoder _encoder;
    private readonly MaeDecoder _decoder;

    internal MaeModel(MaeOptions options, BuildContext context) : base(nameof(MaeModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _options = options;
        _sizes = MaeSizes.Of(options);
        _autocast = context.Autocast;
        _input = new ImageInput(options);
        register_module("vit", _encoder = new MaeEncoder(_sizes, options, context));
        register_module("decoder", _decoder = new MaeDecoder(_sizes, options, context));
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <summary>The encoder's hidden size: an image's vector is the class token, with all patches visible.</summary>
    /// <inheritdoc/>
    public int EmbeddingSize => _sizes.Encoder.HiddenSize;

    /// <inheritdoc/>
    public (int Height, int Width, int Channels) ImageSize => (_sizes.ImageSize, _sizes.ImageSize, _sizes.Channels);

    /// <inheritdoc/>
    public ImagePreparation ImagePreparation => _input.Preparation;

    /// <summary>The cost of one training image: the encoder over the visible patches, the decoder over all.</summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            (int visible, int all) = (_sizes.Visible + 1, _sizes.Patches + 1);
            (TransformerCost encoder, TransformerCost decoder) = (_sizes.Encoder.Cost(visible), _sizes.Decoder.Cost(all));
            (double hidden, double small) = (_sizes.Encoder.HiddenSize, _sizes.Decoder.HiddenSize);
            double maps =
                2 * hidden * _sizes.Patches * _sizes.PatchPixels + 2 * hidden * small * visible + 2 * small * _sizes.PatchPixels * all;
            double operand = _autocast.Enabled ? 2 : 4;
            (double kept, double keptByDecoder) = (Kept(encoder, visible), Kept(decoder, all));
            return new ModelCost(
                "image", 1, visible * encoder.ForwardFlop + all * decoder.ForwardFlop + maps, visible * kept + all * keptByDecoder)
            {
                CheckpointedActivationBytes = visible * encoder.CheckpointedBytes(kept) + all * decoder.CheckpointedBytes(keptByDecoder),
                IsCheckpointed = _options.ActivationCheckpointing,
            };

            double Kept(TransformerCost cost, int positions) => cost.ActivationBytes(
                operand, Attention.IsPlain(_autocast, DeviceType.CPU, positions, positions) || _options.AttentionDropout > 0,
                _options.Dropout > 0);
        }
    }

    /// <summary><c>pixel_values</c> [B, C, H, W]; classes are ignored. Images are augmented only in training.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<ImageExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using DisposeScope scope = torch.NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { [BatchNames.PixelValues] = _input.Pixels(examples, context) };
        return new Batch(tensors, examples.Count, examples.Count) { RowTargets = [.. examples.Select(_ => 1L)] };
    }

    /// <summary>Mean squared error of the hidden patches' pixels; torch's generator draws the hidden patches.</summary>
    /// <inheritdoc/>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor pixels = batch[BatchNames.PixelValues];
        MaeMask mask = MaeMask.Of(
            BatchPart.Draw([pixels.size(0), _sizes.Patches], all => torch.rand(all, torch.ScalarType.Float32, pixels.device)),
            _sizes.Visible);
        Tensor predicted = _decoder.Forward(_encoder.Forward(pixels, mask), mask);
        return Error(predicted, ImagePatches.Cut(pixels, _sizes.PatchSize), mask).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Embed(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        // [B, 1 + G, E] -> [B, E]
        return _encoder.Forward(batch[BatchNames.PixelValues], mask: null).select(1, 0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// With <c>norm_pix_loss</c>, the mean and variance of each hidden patch are those of the original, because the model does
    /// not predict them.
    /// </summary>
    /// <inheritdoc/>
    public ImageReconstruction Reconstruct(Batch batch, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(random);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor pixels = batch[BatchNames.PixelValues];
        int images = (int)pixels.size(0);
        float[] noise = [.. Enumerable.Range(0, images * _sizes.Patches).Select(_ => (float)random.NextDouble())];
        MaeMask mask = MaeMask.Of(torch.tensor(noise).reshape(images, _sizes.Patches).to(pixels.device), _sizes.Visible);
        Tensor target = ImagePatches.Cut(pixels, _sizes.PatchSize); // [B, G, S·S·C]
        Tensor predicted = _decoder.Forward(_encoder.Forward(pixels, mask), mask);
        if (_options.NormPixLoss)
        {
            (Tensor mean, Tensor std) = Statistics(target);
            predicted = predicted * std + mean;
        }

        Tensor hidden = mask.Hidden.unsqueeze(2); // [B, G, 1]
        Tensor original = _input.Denormalize(pixels);
        // gray is 0
        Tensor visiblePixels = ImagePatches.Join(ImagePatches.Cut(original, _sizes.PatchSize) * (1 - hidden), _sizes.PatchSize);
        Tensor filled = _input.Denormalize(ImagePatches.Join(target * (1 - hidden) + predicted * hidden, _sizes.PatchSize));
        return new ImageReconstruction(
            original.MoveToOuterDisposeScope(), visiblePixels.MoveToOuterDisposeScope(), filled.clamp(-1, 1).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// For <c>pixel_values</c> and <c>noise</c> [B, G], whose smallest values are visible: <c>loss</c>, <c>logits</c> (also <c>pred</c>),
    /// <c>mask</c>, <c>ids_restore</c>, <c>last_hidden_state</c>, <c>hidden_states.N</c> of the encoder, and <c>patchified</c>.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor pixels = outputs.Input(BatchNames.PixelValues);
        MaeMask mask = MaeMask.Of(outputs.Input(Noise), _sizes.Visible);
        List<Tensor> states = [];
        Tensor hidden = _encoder.Forward(pixels, mask, states);
        Tensor predicted = _decoder.Forward(hidden, mask);
        Tensor target = ImagePatches.Cut(pixels, _sizes.PatchSize);

        outputs.Add("logits", () => predicted);
        outputs.Add("pred", () => predicted);
        outputs.Add("mask", () => mask.Hidden);
        outputs.Add("ids_restore", () => mask.Restore);
        outputs.Add("patchified", () => target);
        outputs.Add("last_hidden_state", () => hidden);
        outputs.AddEach("hidden_states", states);
        outputs.Add("loss", () => Error(predicted, target, mask));
        return outputs.Take();
    }

    // Σ mask · mean over pixels (predicted − target)² / Σ mask
    private Tensor Error(Tensor predicted, Tensor target, MaeMask mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (_options.NormPixLoss)
        {
            (Tensor mean, Tensor std) = Statistics(target);
            target = (target - mean) / std;
        }

        Tensor error = (predicted - target).square().mean([2L]); // [B, G, S·S·C] -> [B, G]
        return ((error * mask.Hidden).sum() / mask.Hidden.sum()).MoveToOuterDisposeScope();
    }

    // [B, G, S·S·C] -> [B, G, 1] each, with the unbiased variance.
    private static (Tensor Mean, Tensor Std) Statistics(Tensor patches) =>
        (patches.mean([2L], keepdim: true), (patches.var([2L], unbiased: true, keepdim: true) + TargetEpsilon).sqrt());
}
