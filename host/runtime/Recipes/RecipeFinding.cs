using System.Text.Json.Serialization;

namespace Tenon.Host.Recipes;

/// <summary>An error in a recipe.</summary>
/// <param name="Source">
/// The recipe's file, <c>environment variable NAME</c>, <c>command line</c>, or <c>recipe</c> if it was read from an object.
/// </param>
/// <param name="Line">Line in the file, from 1; null if the source has no lines.</param>
/// <param name="Key">The key with colons between sections; empty if the finding concerns the whole recipe.</param>
/// <param name="Found">The value found; null if something is missing.</param>
/// <param name="Allowed">The allowed values; null if unspecified.</param>
/// <param name="Nearest">The nearest valid name, or null.</param>
/// <param name="Message">The message, which completes a sentence that starts with the key.</param>
public sealed record RecipeFinding(string Source, int? Line, string Key, string? Found, string? Allowed, string? Nearest, string Message)
{
    /// <summary>Whether the recipe is valid but may not behave as expected.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsWarning { get; init; }

    /// <summary><c>file:line: key: message</c>, preceded by <c>warning: </c> for warnings.</summary>
    public override string ToString() =>
        $"{(IsWarning ? "warning: " : "")}{Source}{(Line is { } line ? $":{line}" : "")}: {(Key.Length == 0 ? "" : $"{Key}: ")}{Message}";
}
