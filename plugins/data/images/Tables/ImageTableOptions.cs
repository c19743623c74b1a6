using System.ComponentModel.DataAnnotations;

namespace Tenon.Images.Tables;

/// <summary>Options of <c>image-table</c>.</summary>
public sealed record ImageTableOptions : ImageOptions
{
    /// <summary>
    /// A file, or a pattern with <c>*</c> for several files in the order of their names: <c>train-*.parquet</c>. Extensions:
    /// <c>.csv</c>, <c>.csv.gz</c>, <c>.tsv</c>, <c>.tsv.gz</c> or <c>.parquet</c>. Required.
    /// </summary>
    [Path]
    public string? Path { get; init; }

    /// <summary>A file or pattern for the validation images. By default, a share is held out.</summary>
    [Path]
    public string? TestPath { get; init; }

    /// <summary>
    /// Label column: a name or, in CSV, a position: 0 is the first, -1 the last. Leave it empty for images without classes.
    /// With a name, the CSV file must have a header; with a position, the first row is a header if one of its pixels is not a
    /// number.
    /// </summary>
    public string LabelColumn { get; init; } = "label";

    /// <summary>
    /// Parquet: column of encoded images (PNG, JPEG, WebP, BMP, GIF), either bytes or a struct with a field <c>bytes</c>.
    /// </summary>
    public string ImageColumn { get; init; } = "image";

    /// <summary>Parquet: column of captions. By default, there are none.</summary>
    public string? CaptionColumn { get; init; }

    /// <summary>
    /// CSV: height of an image; 0 for square images. All columns except the label are grayscale pixels in row-major order.
    /// </summary>
    [Range(0, 8192)]
    public int Height { get; init; }

    /// <summary>CSV: width of an image; 0 for square images.</summary>
    [Range(0, 8192)]
    public int Width { get; init; }

    /// <summary>CSV: value of white; pixels are scaled from 0 … this value to 0 … 255.</summary>
    [Range(1e-6, 1e9)]
    public double PixelMaximum { get; init; } = 255;

    /// <summary>
    /// Names of the classes 0, 1, …, or the texts in the label column in the order of their indices. Defaults to the names in
    /// the Parquet file, if any, otherwise to the numbers or texts.
    /// </summary>
    public string[]? LabelNames { get; init; }
}
