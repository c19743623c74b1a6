using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Tables;

/// <summary>Which tables are read, and how.</summary>
public abstract record TableOptions
{
    /// <summary>
    /// Files, folders and patterns such as <c>reviews/*.tsv</c>, relative to the recipe. The ending says what a file is:
    /// .csv (commas, quotes as in RFC 4180), .tsv (tabs, no quotes), .jsonl or .ndjson (JSON Lines); each of them and .gz.
    /// </summary>
    [Required, MinLength(1)]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Files to validate on, written like <see cref="Files"/>; null: a share of the rows is held out.</summary>
    [MinLength(1)]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>
    /// Whether the first row of .csv and .tsv files names the columns. Without it columns are named by their number,
    /// counted from 1.
    /// </summary>
    public bool Header { get; init; } = true;
}

/// <summary>Options of <c>labelled-text</c>.</summary>
public sealed record LabelledTextOptions : TableOptions
{
    /// <summary>Column, or field of JSON Lines, that holds the text. Dots lead into JSON objects: <c>review.body</c>.</summary>
    [Required, MinLength(1)]
    public string Text { get; init; } = "text";

    /// <summary>Column, or field of JSON Lines, that holds the label: a word or a number.</summary>
    [Required, MinLength(1)]
    public string Label { get; init; } = "label";
}

/// <summary>Options of <c>text-pairs</c>.</summary>
public sealed record TextPairsOptions : TableOptions
{
    /// <summary>Column, or field of JSON Lines, that holds the first text.</summary>
    [Required, MinLength(1)]
    public string First { get; init; } = "first";

    /// <summary>Column, or field of JSON Lines, that holds the second text.</summary>
    [Required, MinLength(1)]
    public string Second { get; init; } = "second";

    /// <summary>Column, or field of JSON Lines, that holds the label; null: pairs have none.</summary>
    [MinLength(1)]
    public string? Label { get; init; }
}
