namespace Tenon.Host.Recipes;

/// <summary>The keys of a recipe, found by the names that people type for them.</summary>
/// <param name="keys">Full keys: <c>training:batchSize</c>.</param>
internal sealed class RecipeKeyNames(IEnumerable<string> keys)
{
    /// <summary>
    /// Returns the key that has a name if case and separators are ignored, with or without its section: <c>training:batchSize</c> for
    /// <c>batch-size</c> and for <c>training.batch_size</c>. Null if there is none, or if it is the name itself.
    /// </summary>
    /// <param name="name">The name.</param>
    public string? Matching(string name)
    {
        string letters = Letters(name);
        return keys.FirstOrDefault(key => key != name && (Letters(key) == letters || Letters(RecipeKeys.Last(key)) == letters));
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
}
