namespace Tenon.Images.Idx;

/// <summary>Options of <c>idx</c>. Files may be gzipped, whatever they are called.</summary>
public sealed record IdxOptions : ImageOptions
{
    /// <summary>File of the images: <c>train-images-idx3-ubyte.gz</c>. Required.</summary>
    public string? Images { get; init; }

    /// <summary>File of the images' classes: <c>train-labels-idx1-ubyte.gz</c>; null: images without classes.</summary>
    public string? Labels { get; init; }

    /// <summary>File of the images to validate on: <c>t10k-images-idx3-ubyte.gz</c>; null: a share is held out.</summary>
    public string? TestImages { get; init; }

    /// <summary>File of their classes; set it when both <c>labels</c> and <c>testImages</c> are.</summary>
    public string? TestLabels { get; init; }

    /// <summary>Names of the classes 0, 1, …; null: the numbers themselves, up to the highest that occurs.</summary>
    public string[]? LabelNames { get; init; }

    /// <summary>Exchange rows and columns: EMNIST's files hold images column by column.</summary>
    public bool Transpose { get; init; }
}
