using System.ComponentModel.DataAnnotations;

namespace Tenon.Images;

/// <summary>How an image is resized to a square.</summary>
public enum ImageFit
{
    /// <summary>Scales the shorter side to the size and crops the longer side at both ends.</summary>
    Crop,

    /// <summary>Scales each side to the size; the aspect ratio changes.</summary>
    Stretch,
}

/// <summary>Options of all image data: class selection, preprocessing, held-out share.</summary>
public abstract record ImageOptions
{
    /// <summary>Height and width, in pixels, to which every image is resized; 0 leaves sizes unchanged.</summary>
    [Range(0, 8192)]
    public int Size { get; init; }

    /// <summary>How non-square images are resized to <c>size</c>.</summary>
    public ImageFit Fit { get; init; } = ImageFit.Crop;

    /// <summary>Filter for resizing, as in Pillow. All filters except <c>nearest</c> average pixels when an image shrinks.</summary>
    public ImageFilter Resample { get; init; } = ImageFilter.Bilinear;

    /// <summary>
    /// 1 for grayscale (ITU-R BT.601 luma), 3 for RGB, 0 for RGB if at least one image has color and grayscale otherwise.
    /// </summary>
    [AllowedValues(0, 1, 3)]
    public int Channels { get; init; }

    /// <summary>
    /// Maximum number of pixels of an image file, so that a file of a few bytes cannot claim any amount of memory. Larger images are
    /// refused when the data is opened; decoding takes up to 10 bytes per pixel.
    /// </summary>
    [Range(1, 500_000_000)]
    public int MaximumPixels { get; init; } = (int)ImagePixels.MostPixels;

    /// <summary>Names of the classes to keep, in the order of their new indices. Defaults to all, in the source's order.</summary>
    public string[]? Classes { get; init; }

    /// <summary>Maximum number of images per class (in total, without classes), drawn with the run's seed; 0 for no limit.</summary>
    [Range(0, int.MaxValue)]
    public int PerClass { get; init; }

    /// <summary>
    /// Share of each class to hold out for validation, drawn with the run's seed, if the source has no validation split. With
    /// 0, nothing is held out here, and <c>validation:share</c> applies.
    /// </summary>
    [Range(0.0, 0.9)]
    public double TestShare { get; init; } = 0.2;

    /// <summary>Memory for preprocessed pixels, in MiB. Images beyond it are read and preprocessed on every access.</summary>
    [Range(0, 1_048_576)]
    public int CacheMegabytes { get; init; } = 512;
}
