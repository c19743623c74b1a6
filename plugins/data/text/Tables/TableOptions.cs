using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Tables;

/// <summary>Options of all table data.</summary>
public abstract record TableOptions
{
    /// <summary>
    /// Files, folders and patterns such as <c>reviews/*.tsv</c>, relative to the recipe. The extension determines the format: .csv
    /// (commas or another delimiter, quotes as in RFC 4180), .tsv (tabs, no quotes), .jsonl or .ndjson (JSON Lines); each
    /// optionally followed by .gz.
    /// </summary>
    [Required, MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Validation files, in the same format as <see cref="Files"/>. By default, a share of the rows is held out.</summary>
    [MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>
    /// Whether the first row of .csv and .tsv files contains column names. If false, columns are named by their number, from
    /// 1.
    /// </summary>
    public bool Header { get; init; } = true;

    /// <summary>
    /// The character between the cells of .csv files. Defaults to a comma, semicolon, tab or vertical bar, whichever yields the
    /// requested columns.
    /// </summary>
    [StringLength(1, MinimumLength = 1)]
    public string? Delimiter { get; init; }
}

/// <summary>Options of <c>labelled-text</c>.</summary>
public sealed record LabelledTextOptions : TableOptions
{
    /// <summary>Column or JSON Lines field of the text. Use dots for nested fields: <c>review.body</c>.</summary>
    [Required, MinLength(1)]
    public string Text { get; init; } = "text";

    /// <summary>Column or JSON Lines field of the label: a word or a number.</summary>
    [Required, MinLength(1)]
    public string Label { get; init; } = "label";
}

/// <summary>Options of <c>text-pairs</c>.</summary>
public sealed record TextPairsOptions : TableOptions
{
    /// <summary>Column or JSON Lines field of the first text.</summary>
    [Required, MinLength(1)]
    public string First { get; init; } = "first";

    /// <summary>Column or JSON Lines field of the second text.</summary>
    [Required, MinLength(1)]
    public string Second { get; init; } = "second";

    /// <summary>Column or JSON Lines field of the label. By default, pairs have no label.</summary>
    [MinLength(1)]
    public string? Label { get; init; }
}
