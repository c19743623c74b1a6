using System.ComponentModel.DataAnnotations;

namespace Tenon.Images;

/// <summary>How an image is brought to a square.</summary>
public enum ImageFit
{
    /// <summary>The shorter side is scaled to the size, the longer one cut at both ends.</summary>
    Crop,

    /// <summary>Each side is scaled to the size; proportions change.</summary>
    Stretch,
}

/// <summary>What all image data can do: choose classes, prepare pixels, hold out a share.</summary>
public abstract record ImageOptions
{
    /// <summary>Height and width in pixels that every image is brought to; 0: as it is.</summary>
    [Range(0, 8192)]
    public int Size { get; init; }

    /// <summary>How images that are not square are brought to <c>size</c>.</summary>
    public ImageFit Fit { get; init; } = ImageFit.Crop;

    /// <summary>
    /// 1 for grey (ITU-R BT.601 luma), 3 for RGB; 0: as the images are, which is 3 when at least one of them has colour.
    /// </summary>
    [AllowedValues(0, 1, 3)]
    public int Channels { get; init; }

    /// <summary>Names of the classes to keep, in the order that their indices are to have; null: all, in the source's order.</summary>
    public string[]? Classes { get; init; }

    /// <summary>Most images of each class (of all, without classes), drawn with the run's seed; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int PerClass { get; init; }

    /// <summary>
    /// The share of each class that is held out to validate on, drawn with the run's seed, when the source has no split
    /// of its own; 0: nothing is held out here, and the recipe's own share applies.
    /// </summary>
    [Range(0.0, 0.9)]
    public double TestShare { get; init; } = 0.2;

    /// <summary>Most memory for prepared pixels, in MiB. Images beyond it are read and prepared again on each access.</summary>
    [Range(0, 1_048_576)]
    public int CacheMegabytes { get; init; } = 512;
}
