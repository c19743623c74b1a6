using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Tagged;

/// <summary>Options of <c>tagged-text</c>.</summary>
public sealed record TaggedTextOptions
{
    /// <summary>
    /// Files, folders and patterns such as <c>ner/*.conll</c>, relative to the recipe. The ending says what a file is:
    /// .jsonl or .ndjson (JSON Lines, a sentence a line); .conll, .iob, .bio, .tsv or .txt (a word a line, an empty line
    /// between sentences); each of them and .gz.
    /// </summary>
    [Required, MinLength(1)]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Files to validate on, written like <see cref="Files"/>; null: a share of the sentences is held out.</summary>
    [MinLength(1)]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>Field of JSON Lines that holds the list of words.</summary>
    [Required, MinLength(1)]
    public string Words { get; init; } = "tokens";

    /// <summary>Field of JSON Lines that holds the list of tags: words or numbers, one for each word.</summary>
    [Required, MinLength(1)]
    public string Tags { get; init; } = "tags";

    /// <summary>
    /// Column of the tag in files with a word a line, counted from 1; the word is the first. Null: the last one. Columns
    /// stand between tabs, or between spaces in lines without a tab.
    /// </summary>
    [Range(2, 100)]
    public int? Column { get; init; }
}
