namespace Tenon.Images.Idx;

/// <summary>Options of <c>idx</c>. Files may be gzipped, with any name.</summary>
public sealed record IdxOptions : ImageOptions
{
    /// <summary>Image file, such as <c>train-images-idx3-ubyte.gz</c>. Required.</summary>
    [Path]
    public string? Images { get; init; }

    /// <summary>Label file, such as <c>train-labels-idx1-ubyte.gz</c>. By default, images have no classes.</summary>
    [Path]
    public string? Labels { get; init; }

    /// <summary>
    /// Image file of the validation split, such as <c>t10k-images-idx3-ubyte.gz</c>. By default, a share is held out.
    /// </summary>
    [Path]
    public string? TestImages { get; init; }

    /// <summary>Label file of the validation split; required if both <c>labels</c> and <c>testImages</c> are set.</summary>
    [Path]
    public string? TestLabels { get; init; }

    /// <summary>Names of the classes 0, 1, …. Defaults to the numbers, up to the highest one that occurs.</summary>
    public string[]? LabelNames { get; init; }

    /// <summary>Whether to swap rows and columns: EMNIST's files store images column by column.</summary>
    public bool Transpose { get; init; }
}
