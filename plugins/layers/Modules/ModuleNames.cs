using System.ComponentModel.DataAnnotations;
using System.IO.Enumeration;

namespace Tenon.Layers;

/// <summary>Selects parts of a model by patterns of their names, which strategies read from recipes.</summary>
public static class ModuleNames
{
    /// <summary>
    /// Whether a pattern matches a name: the whole name, or its last parts (<c>c_attn</c> means <c>transformer.h.0.attn.c_attn</c>,
    /// as in PEFT); <c>*</c> matches any characters.
    /// </summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="name">A name with dots between its parts.</param>
    public static bool Matches(string pattern, string name) =>
        FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression($"*.{pattern}", name, ignoreCase: false);

    /// <summary>Validates that every pattern matches something in a model.</summary>
    /// <param name="patterns">The patterns, or null for none.</param>
    /// <param name="names">The names in the model.</param>
    /// <param name="option">The option with the patterns.</param>
    /// <returns>One error that lists all patterns that do not match any name; empty if all match.</returns>
    public static IEnumerable<ValidationResult> Validate(IReadOnlyList<string>? patterns, IReadOnlyCollection<string> names, string option)
    {
        string[] idle = [.. (patterns ?? []).Where(pattern => !names.Any(name => Matches(pattern, name)))];
        if (idle.Length > 0)
        {
            yield return new ValidationResult(
                $"has {string.Join(", ", idle.Select(pattern => $"'{pattern}'"))}, which does not match anything in this model. " +
                $"It has: {string.Join(", ", names)}.", [option]);
        }
    }
}
