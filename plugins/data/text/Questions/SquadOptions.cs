using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Questions;

/// <summary>Options of <c>squad</c>.</summary>
public sealed record SquadOptions
{
    /// <summary>
    /// Files, folders and patterns such as <c>squad/train-*.json</c>, relative to the recipe, in the JSON format of SQuAD 1.1 or 2.0;
    /// each optionally followed by .gz.
    /// </summary>
    [Required, MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>
    /// Validation files, in the same format as <see cref="Files"/>. By default, a share of the questions is held out.
    /// </summary>
    [MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Validation { get; init; }
}
