using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Files;

/// <summary>What one document is in a plain text file.</summary>
public enum DocumentUnit
{
    /// <summary>The whole file.</summary>
    File,

    /// <summary>Lines up to the next empty one.</summary>
    Paragraph,

    /// <summary>Each line that is not empty.</summary>
    Line,
}

/// <summary>Options of <c>text-files</c>.</summary>
public sealed record TextFilesOptions
{
    /// <summary>
    /// Files, folders (with all below them that end in .txt, .md, .rst, .text, .jsonl or .ndjson, or those and .gz) and
    /// patterns such as <c>books/**/*.txt</c>, relative to the recipe. Files that end in .jsonl or .ndjson are JSON Lines;
    /// every other one is plain text in UTF-8. Files that end in .gz are inflated once, into the user's cache folder.
    /// </summary>
    [Required, MinLength(1)]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Files to validate on, written like <see cref="Files"/>; null: a share of the documents is held out.</summary>
    [MinLength(1)]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>What one document is in a plain text file. In JSON Lines it is always a line.</summary>
    public DocumentUnit Documents { get; init; } = DocumentUnit.File;

    /// <summary>The field of JSON Lines that holds the text; dots lead into objects: <c>message.content</c>.</summary>
    [Required, MinLength(1)]
    public string Field { get; init; } = "text";
}
