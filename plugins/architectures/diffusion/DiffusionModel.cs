namespace Tenon.Diffusion;

/// <summary>
/// A denoising diffusion model (Ho et al. 2020): a U-Net that predicts noise, velocity or the clean image, and its training objective.
/// Images are in [-1, 1]. A model conditioned on classes also learns to predict without one, for classifier-free guidance (Ho
/// and Salimans 2022).
/// </summary>
public sealed partial class DiffusionModel : IDenoiser, IPromptTunable, IHasCost, ICollate<ImageExample>
{
    private readonly DiffusionOptions _options;
    private readonly DiffusionSizes _sizes;
    private readonly UNet _network;
    private readonly NoiseLevels _levels;
    private readonly AncestralChain _chain;
    private readonly PromptSlot _prompt;

    /// <summary>Builds the model with newly initialized parameters.</summary>
    /// <param name="options">Resolved options.</param>
    /// <param name="context">Device, types and precision.</param>
    internal DiffusionModel(DiffusionOptions options, BuildContext context)
    {
        _options = options;
        _sizes = DiffusionSizes.Of(options);
        _network = new UNet(_sizes, options, context);
        _levels = DiffusionSchedule.Levels(options);
        _chain = new AncestralChain(options, _levels);
        IReadOnlyList<(int Heads, int HeadSize)> blocks = _network.Attentions;
        _prompt = new PromptSlot(new PromptShape(
            blocks.Count, blocks.Max(block => (int?)block.Heads) ?? 0, blocks.Max(block => (int?)block.HeadSize) ?? 0,
            _sizes.TimeEmbedding));
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => _network;

    /// <inheritdoc/>
    public (int Channels, int Height, int Width) SampleSize => (_sizes.Channels, _sizes.Height, _sizes.Width);

    /// <inheritdoc/>
    public PredictionType Prediction => _options.Prediction;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => _sizes.Labels;

    /// <inheritdoc/>
    public IReadOnlyList<double> AlphasCumulative => _levels.AlphasCumulative;

    /// <inheritdoc/>
    public ModelCost Cost => UNetCost.Of(_sizes, _options.AddAttention);

    /// <summary>
    /// Virtual tokens in the input have the size of the time embedding, to which their mean is added. Keys and values precede
    /// those of the pixels in each attention block. If blocks differ in the number or size of their heads, the shape has the
    /// largest values, and smaller blocks read the first heads and channels. A network without attention has no layers.
    /// </summary>
    /// <inheritdoc/>
    public PromptShape PromptShape => _prompt.Shape;

    /// <inheritdoc/>
    /// <exception cref="ModelException">A part does not have the shape that <see cref="PromptShape"/> gives.</exception>
    public Prompt? Prompt
    {
        get => _prompt.Prompt;
        set => _prompt.Prompt = value;
    }

    /// <summary>Always null, because the input does not consist of tokens.</summary>
    /// <inheritdoc/>
    public Parameter? TokenEmbeddings => null;

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<ImageExample> examples, CollateContext context) =>
        ImageBatch.Create(examples, SampleSize, Labels);

    /// <summary>
    /// The mean squared error of the prediction at random timesteps (Ho et al. 2020, algorithm 1 and equation 14).
    /// Timesteps, noise and dropped classes come from torch's generator.
    /// </summary>
    /// <inheritdoc/>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor clean = batch[BatchNames.PixelValues]; // [B, C, H, W]
        Tensor timesteps = BatchPart.Draw(
            [clean.size(0)], all => torch.randint(_options.TrainTimesteps, all, torch.ScalarType.Int64)); // [B], drawn on the CPU
        Tensor noise = BatchPart.Draw(clean.shape, all => torch.randn(all, clean.dtype, clean.device));
        long[] drawn = [.. timesteps.data<long>()];
        Tensor noisy = _levels.AddNoise(clean, noise, drawn);
        Tensor target = _levels.Target(_options.Prediction, clean, noise, drawn);
        Tensor? classes = _sizes.IsConditional ? DropClasses(batch[BatchNames.ClassLabels]) : null;
        Tensor prediction = Run(noisy, timesteps.to(clean.device), classes);
        return F.mse_loss(prediction, target).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Predict(Tensor sample, Tensor timesteps, Conditioning? conditioning = null)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(timesteps);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor? classLabels = conditioning?.ClassLabels;
        CheckInputs(sample, timesteps, classLabels);
        if (_sizes.IsConditional && classLabels is null)
        {
            classLabels = _sizes.NoneClass is { } none
                ? torch.full([sample.size(0)], none, torch.ScalarType.Int64, sample.device)
                : throw new ModelException(
                    "The model was trained with a class for every image and cannot predict without one. Choose one of: " +
                    $"{string.Join(", ", Labels)}.");
        }

        return Run(sample, timesteps, classLabels).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>time_proj</c>, <c>time_emb</c>, <c>noise_pred</c>, and <c>loss</c> from the input <c>target</c>, as diffusers
    /// computes them.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor sample = outputs.Input("sample"), timesteps = outputs.Input("timestep");
        Tensor? classes = _sizes.IsConditional ? outputs.Input(BatchNames.ClassLabels) : outputs.Find(BatchNames.ClassLabels);
        CheckInputs(sample, timesteps, classes);
        Tensor projection = _network.TimeProjection(timesteps); // [B] -> [B, C0]
        Tensor embedding = _network.Embed(projection, classes, _prompt.Prompt); // -> [B, E]
        outputs.Add("time_proj", () => projection);
        outputs.Add("time_emb", () => embedding);
        if (outputs.IsRequested("noise_pred") || outputs.IsRequested("loss"))
        {
            Tensor prediction = _network.Forward(sample, embedding, _prompt.Prompt); // [B, C, H, W]
            outputs.Add("noise_pred", () => prediction);
            outputs.Add("loss", () => F.mse_loss(prediction, outputs.Input("target")));
        }

        return outputs.Take();
    }

    /// <summary>Disposes the parameters.</summary>
    public void Dispose() => _network.Dispose();

    private Tensor Run(Tensor sample, Tensor timesteps, Tensor? classes, Action<Tensor>? middle = null)
    {
        Tensor embedding = _network.Embed(_network.TimeProjection(timesteps), classes, _prompt.Prompt); // [B] -> [B, E]
        return _network.Forward(sample, embedding, _prompt.Prompt, middle); // [B, C, H, W] -> [B, C, H, W]
    }

    private Tensor DropClasses(Tensor classes)
    {
        if (!_network.training || _options.ClassDropout == 0 || _sizes.NoneClass is not { } none)
            return classes;
        Tensor dropped = BatchPart.Draw([classes.size(0)], all => torch.rand(all, torch.ScalarType.Float32)).lt(_options.ClassDropout);
        return classes.masked_fill(dropped.to(classes.device), none);
    }

    // Some torch operators crash the process on mismatched shapes, and a GPU crashes on an index out of range.
    private void CheckInputs(Tensor sample, Tensor timesteps, Tensor? classes)
    {
        (int channels, int height, int width) = SampleSize;
        if (sample.ndim != 4 || sample.size(1) != channels || sample.size(2) != height || sample.size(3) != width)
            throw new ModelException(
                $"'sample' has shape [{string.Join(", ", sample.shape)}]; this model takes [B, {channels}, {height}, {width}].");
        if (timesteps.ndim != 1 || timesteps.size(0) != sample.size(0))
            throw new ModelException(
                $"'timestep' has shape [{string.Join(", ", timesteps.shape)}]; for this sample it must be [{sample.size(0)}].");
        if (classes is null)
            return;
        if (classes.ndim != 1 || classes.size(0) != sample.size(0))
            throw new ModelException(
                $"'class_labels' has shape [{string.Join(", ", classes.shape)}]; for this sample it must be [{sample.size(0)}].");
        if (!_sizes.IsConditional)
            throw new ModelException("'class_labels' was given, but this model is not conditioned on classes. Omit it.");
        if (classes.lt(0).logical_or(classes.ge(_sizes.ClassRows)).any().item<bool>())
        {
            throw new ModelException(
                $"'class_labels' contains a class outside 0 … {_sizes.ClassRows - 1}" +
                (_sizes.NoneClass is null
                    ? ". The model has no class for \"none\", which guidance needs: sample with a guidance scale of 1."
                    : "."));
        }
    }
}
