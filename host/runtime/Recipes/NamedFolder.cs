using Tenon.Host.Native;

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
        string written = sources.WrittenPath(Key) ?? Value;
        // Next to the folder, but written as in the recipe.
        string? name = Path.GetFileName(MissingFolder.Nearest(path));
        string? nearest = name is null ? null : Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(written)) ?? "", name);
        return sources.Finding(Key, Display, written, "an existing folder", nearest,
            $"is '{written}', but there is no folder '{path}'.{NearestName.Question(nearest)}");
    }
}
