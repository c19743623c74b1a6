using System.ComponentModel.DataAnnotations;

namespace Tenon.Layers.Images;

/// <summary>The options of every model that reads images: their size, normalization and augmentation.</summary>
public abstract record ImageInputOptions
{
    private const int DefaultSize = 224;
    private const int DefaultChannels = 3;

    /// <summary>
    /// Height and width of the images in pixels (<c>image_size</c>). Defaults to those of the data, or to 224 without data.
    /// </summary>
    [Range(1, 100_000)]
    public int? ImageSize { get; init; }

    /// <summary>
    /// Channels of the images (<c>num_channels</c>), 1 or 3. Defaults to those of the data, or to 3 without data.
    /// </summary>
    [AllowedValues(null, 1, 3)]
    [TrainedWith]
    public int? Channels { get; init; }

    /// <summary>
    /// Mean subtracted from each channel of pixels in [0, 1] (<c>image_mean</c>): one value, or one per channel. Defaults to
    /// 0.5.
    /// </summary>
    [TrainedWith]
    public IReadOnlyList<double>? ImageMean { get; init; }

    /// <summary>
    /// Standard deviation that each channel is then divided by (<c>image_std</c>): one value, or one per channel, each above 0.
    /// Defaults to 0.5.
    /// </summary>
    [TrainedWith]
    public IReadOnlyList<double>? ImageStd { get; init; }

    /// <summary>
    /// Factor applied to the pixels before that (<c>rescale_factor</c>); 1 leaves them in 0 … 255 (<c>do_rescale</c>). Defaults
    /// to 1/255, which maps them to 0 … 1.
    /// </summary>
    [Range(1e-9, 1e6)]
    [TrainedWith]
    public double? RescaleFactor { get; init; }

    /// <summary>
    /// How a user's images are resized (<c>size</c>): to a height and a width, or, given one number, to that length of the
    /// shorter side with the aspect ratio kept; an empty list turns resizing off (<c>do_resize</c>). Set by the data if it
    /// resizes images itself. Defaults to the image size.
    /// </summary>
    [ItemRange(1, 100_000)]
    public IReadOnlyList<int>? ResizeTo { get; init; }

    /// <summary>
    /// Filter for resizing (<c>resample</c>), as in Pillow. Set by the data if it resizes images itself. Defaults to bilinear.
    /// </summary>
    public ImageFilter? Resample { get; init; }

    /// <summary>
    /// Height and width of the center crop of a resized image (<c>crop_size</c>). Set by the data if it resizes images itself.
    /// Null or an empty list turns cropping off (<c>do_center_crop</c>).
    /// </summary>
    [ItemRange(1, 100_000)]
    public IReadOnlyList<int>? CropTo { get; init; }

    /// <summary>
    /// Probability of mirroring an image left to right in training. Leave it at 0 for images whose orientation matters, such as digits.
    /// </summary>
    [Range(0.0, 1.0)]
    public double FlipProbability { get; init; }

    /// <summary>
    /// Pixels of padding around an image in training, from which a part of the original size is cut at random; 4 is usual
    /// for 32 × 32.
    /// </summary>
    [Range(0, 1000)]
    public int CropPadding { get; init; }

    /// <summary>Largest rotation of an image in training, in degrees in either direction; 0 for none.</summary>
    [Range(0.0, 180.0)]
    public double Rotation { get; init; }

    /// <summary>
    /// Largest change of an image's size in training, as a fraction of the size in either direction; 0 for none.
    /// </summary>
    [Range(0.0, 0.9)]
    public double Scaling { get; init; }

    /// <summary>
    /// Random resized crops: the smallest share of an image's area that is cropped in training and resized to the full size;
    /// 0.08 is usual for ImageNet (Szegedy et al. 2015), 0.2 for masked autoencoders; 1 turns it off.
    /// </summary>
    [Range(0.01, 1.0)]
    public double CropScale { get; init; } = 1;

    /// <summary>
    /// RandAugment: number of random changes of each training image (Cubuk et al. 2019); 2 is usual, 0 turns it off.
    /// </summary>
    [Range(0, 14)]
    public int RandAugment { get; init; }

    /// <summary>Strength of each change by RandAugment, 0 … 30; 9 is usual.</summary>
    [Range(0.0, 30.0)]
    public double RandAugmentMagnitude { get; init; } = 9;

    /// <summary>
    /// Random erasing: probability of filling a rectangle of a training image with noise (Zhong et al. 2017); 0.25 is usual.
    /// </summary>
    [Range(0.0, 1.0)]
    public double ErasingProbability { get; init; }

    /// <summary>The augmentation of training images that the options describe.</summary>
    internal ImageAugmentation Augmentation() => new(FlipProbability, CropPadding, Rotation, Scaling);

    /// <summary>These options with size, channels and normalization filled in from the data.</summary>
    /// <param name="facts">What is known about the data.</param>
    /// <exception cref="ModelException">The options contradict each other or the data.</exception>
    internal virtual ImageInputOptions Resolve(ModelFacts facts)
    {
        (int size, int channels) = Input(facts.Data.ImageSize);
        ImageInputOptions sized = this with { ImageSize = size, Channels = channels };
        return Prepared(sized, facts.Data) with
        {
            ImageMean = Normalization(ImageMean, "imageMean", channels, 0),
            ImageStd = Normalization(ImageStd, "imageStd", channels, double.Epsilon),
        };
    }

    /// <summary>How images of any size are converted to the model's size.</summary>
    /// <exception cref="ModelException">The image size is not resolved, or a list has the wrong length.</exception>
    internal ImagePreparation Preparation()
    {
        int size = ResolvedOptions.Value(ImageSize);
        if (ResizeTo?.Count > 2)
            throw new ModelException(
                $"'resizeTo' is [{string.Join(", ", ResizeTo)}]. Give a height and a width, one number, or an empty list.");
        if (CropTo?.Count is not (null or 0 or 2))
            throw new ModelException($"'cropTo' is [{string.Join(", ", CropTo)}]. Give a height and a width, or an empty list.");
        return new ImagePreparation
        {
            Size = ResizeTo is null ? (size, size) : ResizeTo is [] ? null : (ResizeTo[0], ResizeTo[^1]),
            KeepsShape = ResizeTo?.Count == 1,
            Filter = Resample ?? ImageFilter.Bilinear,
            Crop = CropTo is [var height, var width] ? (height, width) : null,
        };
    }

    // The preprocessing stored in a folder must match the images that the model was trained on.
    private static ImageInputOptions Prepared(ImageInputOptions options, DataFacts data)
    {
        if (data.ImagePreparation is { } prepared)
            return options.With(prepared);
        ImagePreparation own = options.Preparation();
        bool asItIs = data.ImageSize is not var (height, width, _)
            || ((own.Size is null || own.Size == (height, width)) && (own.Crop is null || own.Crop == (height, width)));
        return asItIs ? options : options with { ResizeTo = null, CropTo = null };
    }

    /// <summary>
    /// Returns these options with a different preparation. Stretching images to the image size and nothing else is the default.
    /// </summary>
    /// <param name="preparation">How images of any size are converted to the model's size.</param>
    internal ImageInputOptions With(ImagePreparation preparation)
    {
        ImageInputOptions cleared = this with { ResizeTo = null, Resample = null, CropTo = null };
        return preparation == cleared.Preparation() ? cleared : this with
        {
            ResizeTo = preparation.Size is not var (height, width)
                ? []
                : preparation.KeepsShape ? [Math.Min(height, width)] : [height, width],
            Resample = preparation.Filter,
            CropTo = preparation.Crop is var (rows, columns) ? [rows, columns] : [],
        };
    }

    private (int Size, int Channels) Input((int Height, int Width, int Channels)? data)
    {
        if (data is not { } images)
            return (ImageSize ?? DefaultSize, Channels ?? DefaultChannels);
        if (images.Height != images.Width)
        {
            throw new ModelException(
                $"The data's images are {images.Height}×{images.Width}, but the architecture takes square ones. Set the data's 'size'.");
        }

        if (ImageSize is { } size && size != images.Height)
        {
            throw new ModelException(
                $"'imageSize' is {size}, but the data's images are {images.Height}×{images.Width}. " +
                $"Set the data's 'size' to {size}, or 'imageSize' to {images.Height}.");
        }

        if (Channels is { } channels && channels != images.Channels)
        {
            throw new ModelException(
                $"'channels' is {channels}, but the data's images have {images.Channels}. Set the data's 'channels' to {channels}.");
        }

        return (images.Height, images.Channels);
    }

    private static double[] Normalization(IReadOnlyList<double>? values, string option, int channels, double lowest)
    {
        double[] found = values is null ? [.. Enumerable.Repeat(0.5, channels)] : [.. values];
        if (found.Length == 1)
            found = [.. Enumerable.Repeat(found[0], channels)];
        if (found.Length != channels || found.Any(value => !(value >= lowest)))
        {
            throw new ModelException(
                $"'{option}' is [{string.Join(", ", found)}] for images with {channels} channel{(channels == 1 ? "" : "s")}. " +
                $"Give one value, or one per channel, each {(lowest > 0 ? "above 0" : "at least 0")}.");
        }

        return found;
    }
}
