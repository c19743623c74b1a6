using System.ComponentModel.DataAnnotations;

namespace Tenon.Images.Tables;

/// <summary>Options of <c>image-table</c>.</summary>
public sealed record ImageTableOptions : ImageOptions
{
    /// <summary>
    /// A file, or a pattern with <c>*</c> for several parts in the order of their names: <c>train-*.parquet</c>. Ends in
    /// <c>.csv</c>, <c>.csv.gz</c>, <c>.tsv</c>, <c>.tsv.gz</c> or <c>.parquet</c>. Required.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>The same for images to validate on; null: a share is held out.</summary>
    public string? TestPath { get; init; }

    /// <summary>
    /// The column of the classes, by name, or in CSV by position: 0 is the first, -1 the last. Empty: images without
    /// classes. Named, the CSV file has a header; by position, its first row is a header when a pixel in it is no number.
    /// </summary>
    public string LabelColumn { get; init; } = "label";

    /// <summary>Parquet: the column of encoded images (PNG, JPEG, WebP, BMP), either bytes or a structure with a field <c>bytes</c>.</summary>
    public string ImageColumn { get; init; } = "image";

    /// <summary>Parquet: the column of captions; null: none.</summary>
    public string? CaptionColumn { get; init; }

    /// <summary>CSV: rows of an image; 0: images are square. All columns but the label's are grey pixels, row by row.</summary>
    [Range(0, 8192)]
    public int Height { get; init; }

    /// <summary>CSV: columns of an image; 0: images are square.</summary>
    [Range(0, 8192)]
    public int Width { get; init; }

    /// <summary>CSV: the value of white; pixels are scaled from 0 … this to 0 … 255.</summary>
    [Range(1e-6, 1e9)]
    public double PixelMaximum { get; init; } = 255;

    /// <summary>
    /// Names of the classes 0, 1, …, or of the texts in the labels' column in the order of their indices. Null: as the
    /// Parquet file names them, else the numbers or the texts themselves.
    /// </summary>
    public string[]? LabelNames { get; init; }
}
