namespace Tenon.Host.Recipes;

/// <summary>A recipe setting whose value is a folder.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Display">The key as displayed.</param>
/// <param name="Value">The folder as written in the recipe.</param>
internal readonly record struct NamedFolder(string Key, string Display, string Value)
{
    /// <summary>Returns a finding if the folder does not exist, otherwise null.</summary>
    /// <param name="sources">The recipe's values.</param>
    /// <param name="path">The resolved path of the folder.</param>
    public RecipeFinding? Missing(RecipeSources sources, string path)
    {
        if (Directory.Exists(path))
            return null;
        string value = Path.TrimEndingDirectorySeparator(Value);
        string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path));
        IEnumerable<string> siblings = Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, "*", new EnumerationOptions()) : [];
        string? name = NearestName.Of(Path.GetFileName(value), siblings.Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal));
        string? nearest = name is null ? null : Path.Combine(Path.GetDirectoryName(value) ?? "", name);
        return sources.Finding(Key, Display, Value, "an existing folder", nearest, $"is '{Value}', but there is no folder '{path}'.{NearestName.Question(nearest)}");
    }
}
