using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Tagged;

/// <summary>Options of <c>tagged-text</c>.</summary>
public sealed record TaggedTextOptions
{
    /// <summary>
    /// Files, folders and patterns such as <c>ner/*.conll</c>, relative to the recipe. The extension determines the format:
    /// .jsonl or .ndjson (JSON Lines, one sentence per line); .conll, .iob, .bio, .tsv or .txt (one word per line, an empty
    /// line between sentences); each optionally followed by .gz.
    /// </summary>
    [Required, MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>
    /// Validation files, in the same format as <see cref="Files"/>. By default, a share of the sentences is held out.
    /// </summary>
    [MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>JSON Lines field of the list of words.</summary>
    [Required, MinLength(1)]
    public string Words { get; init; } = "tokens";

    /// <summary>JSON Lines field of the list of tags: words or numbers, one per word.</summary>
    [Required, MinLength(1)]
    public string Tags { get; init; } = "tags";

    /// <summary>
    /// Column of the tag in files with one word per line, from 1; column 1 is the word. Defaults to the last column. Columns
    /// are separated by tabs, or by spaces in lines without a tab.
    /// </summary>
    [Range(2, 100)]
    public int? Column { get; init; }
}
