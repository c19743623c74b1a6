using System.ComponentModel.DataAnnotations;

namespace Tenon.Layers.Images;

/// <summary>The options of every model that reads images: their size, normalization and augmentation.</summary>
public abstract record ImageInputOptions
{
    private const int DefaultSize = 224;
    private const int DefaultChannels = 3;

    /// <summary>Height and width of the images in pixels (<c>image_size</c>); null: those of the data, or 224 without data.</summary>
    [Range(1, 100_000)]
    public int? ImageSize { get; init; }

    /// <summary>Channels of the images (<c>num_channels</c>), 1 or 3; null: those of the data, or 3 without data.</summary>
    [AllowedValues(null, 1, 3)]
    public int? Channels { get; init; }

    /// <summary>Subtracted from each channel of pixels in [0, 1] (<c>image_mean</c>): one value, or one per channel; null: 0.5.</summary>
    public IReadOnlyList<double>? ImageMean { get; init; }

    /// <summary>Then divides each channel (<c>image_std</c>): one value, or one per channel, each above 0; null: 0.5.</summary>
    public IReadOnlyList<double>? ImageStd { get; init; }

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

    /// <summary>Largest rotation of an image in training, in degrees in either direction; 0: none.</summary>
    [Range(0.0, 180.0)]
    public double Rotation { get; init; }

    /// <summary>Largest change of an image's size in training, as a fraction of the size in either direction; 0: none.</summary>
    [Range(0.0, 0.9)]
    public double Scaling { get; init; }

    /// <summary>
    /// Random resized crops: the smallest share of an image's area that is cropped in training and resized to the full size; 0.08 is usual
    /// for ImageNet (Szegedy et al. 2015), 0.2 for masked autoencoders; 1: none.
    /// </summary>
    [Range(0.01, 1.0)]
    public double CropScale { get; init; } = 1;

    /// <summary>RandAugment: number of random changes of each training image (Cubuk et al. 2019); 2 is usual; 0: none.</summary>
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
        return this with
        {
            ImageSize = size,
            Channels = channels,
            ImageMean = Normalization(ImageMean, "imageMean", channels, 0),
            ImageStd = Normalization(ImageStd, "imageStd", channels, double.Epsilon),
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
