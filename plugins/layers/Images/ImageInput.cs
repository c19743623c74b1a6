namespace Tenon.Layers.Images;

/// <summary>
/// The input of an image model: resolves its options and converts examples to pixels. Immutable.
/// <code>
/// public VitOptions Resolve(VitOptions options, ModelFacts facts) => ImageInput.Resolve(options, facts) with { … };
/// </code>
/// </summary>
public sealed class ImageInput
{
    private readonly IReadOnlyList<double> _mean;
    private readonly IReadOnlyList<double> _std;
    private readonly double _factor;
    private readonly ImageNormalization _normalization;
    private readonly ImageInputOptions _options;
    private readonly ImageAugmentation _augmentation;

    /// <summary>Takes the resolved options.</summary>
    /// <param name="options">From <see cref="Resolve"/>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public ImageInput(ImageInputOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (Size, Channels) = (ResolvedOptions.Value(options.ImageSize), ResolvedOptions.Value(options.Channels));
        (_mean, _std) = (ResolvedOptions.Value(options.ImageMean), ResolvedOptions.Value(options.ImageStd));
        _factor = options.RescaleFactor ?? ImageNormalization.ToOne;
        _normalization = new ImageNormalization(_mean, _std, _factor);
        Preparation = options.Preparation();
        _options = options;
        _augmentation = options.Augmentation();
    }

    /// <summary>Height and width of the images.</summary>
    public int Size { get; }

    /// <summary>Channels of the images, C.</summary>
    public int Channels { get; }

    /// <summary>How images of other sizes are converted to that size.</summary>
    public ImagePreparation Preparation { get; }

    /// <summary>Fills in image size, channels, normalization and classes from the data.</summary>
    /// <typeparam name="TOptions">The architecture's options.</typeparam>
    /// <param name="options">The options of the recipe.</param>
    /// <param name="facts">What is known about the data.</param>
    /// <exception cref="ModelException">The options contradict each other or the data.</exception>
    public static TOptions Resolve<TOptions>(TOptions options, ModelFacts facts) where TOptions : ImageInputOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        return (TOptions)options.Resolve(facts);
    }

    /// <summary>The pixels of examples, normalized and, in training, augmented.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="context">Randomness and mode.</param>
    /// <returns>float32 [B, C, H, W] on the CPU, in the current dispose scope.</returns>
    /// <exception cref="DataException">An image has a different size or number of channels.</exception>
    public Tensor Pixels(IReadOnlyList<ImageExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        foreach (ImageExample example in examples)
            CheckSize(example.Image);
        if (!context.Training)
            return ImageTensors.Stack(examples, _normalization);
        // Each change has its own random stream, so that turning one on does not affect the others.
        SeededRandom changes = context.Random.Fork("changes");
        ImagePixels[] images = [.. examples.Select((example, index) => Change(example.Image, changes.Fork(index)))];
        Tensor pixels = ImageTensors.Stack(images, _normalization, _augmentation, context.Random.Fork("augmentation"));
        if (_options.ErasingProbability > 0)
            RandomErasing.Apply(pixels, _options.ErasingProbability, context.Random.Fork("erasing"));
        return pixels;
    }

    private ImagePixels Change(ImagePixels image, SeededRandom random)
    {
        if (_options.CropScale < 1)
            image = WarpedImage.Crop(image, _options.CropScale, random.Fork("crop"));
        return _options.RandAugment == 0
            ? image
            : RandAugment.Apply(image, _options.RandAugment, _options.RandAugmentMagnitude, random.Fork("randaugment"));
    }

    /// <summary>Undoes the normalization, for display: float32 [B, C, H, W] in [-1, 1].</summary>
    /// <param name="pixels">float32 [B, C, H, W], normalized. Not disposed.</param>
    /// <returns>A tensor in the current dispose scope.</returns>
    public Tensor Denormalize(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor scaled = (pixels * Each(_std) + Each(_mean)) / (_factor * byte.MaxValue); // in [0, 1]
        return (scaled * 2 - 1).MoveToOuterDisposeScope();

        Tensor Each(IReadOnlyList<double> values) =>
            torch.tensor((double[])[.. values], torch.ScalarType.Float32, pixels.device).reshape(1, -1, 1, 1);
    }

    private void CheckSize(ImagePixels image)
    {
        if (image.Height != Size || image.Width != Size || image.Channels != Channels)
        {
            throw new DataException(
                $"An image is {image.Height}×{image.Width} with {image.Channels} channel{(image.Channels == 1 ? "" : "s")}, " +
                $"but the model takes {Size}×{Size} with {Channels}. Set the data's 'size' to {Size} and its 'channels' to {Channels}.");
        }
    }
}
