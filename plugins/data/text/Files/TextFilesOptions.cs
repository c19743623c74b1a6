using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Files;

/// <summary>The unit of a document in plain text files.</summary>
public enum DocumentUnit
{
    /// <summary>The whole file.</summary>
    File,

    /// <summary>Lines up to the next empty line.</summary>
    Paragraph,

    /// <summary>Each non-empty line.</summary>
    Line,
}

/// <summary>Options of <c>text-files</c>.</summary>
public sealed record TextFilesOptions
{
    /// <summary>
    /// Files, folders (searched recursively for .txt, .md, .rst, .text, .jsonl and .ndjson, each optionally followed by .gz) and
    /// patterns such as <c>books/**/*.txt</c>, relative to the recipe. Files that end in .jsonl or .ndjson are JSON Lines; all
    /// others are plain text in UTF-8. Files that end in .gz are decompressed once, into the user's cache folder.
    /// </summary>
    [Required, MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>
    /// Validation files, in the same format as <see cref="Files"/>. By default, a share of the documents is held out.
    /// </summary>
    [MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>The unit of a document in plain text files. In JSON Lines it is always a line.</summary>
    public DocumentUnit Documents { get; init; } = DocumentUnit.File;

    /// <summary>JSON Lines field of the text; use dots for nested fields: <c>message.content</c>.</summary>
    [Required, MinLength(1)]
    public string Field { get; init; } = "text";
}
