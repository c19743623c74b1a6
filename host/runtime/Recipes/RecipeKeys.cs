namespace Tenon.Host.Recipes;

/// <summary>Keys of a configuration, with colons between sections.</summary>
internal static class RecipeKeys
{
    /// <summary>Returns whether a key is below a section.</summary>
    public static bool IsBelow(string key, string section) =>
        key.Length > section.Length && key[section.Length] == ':' && key.StartsWith(section, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns whether a key is a section or below it.</summary>
    public static bool IsAtOrBelow(string key, string section) =>
        IsBelow(key, section) || string.Equals(key, section, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the section of a key; empty at the top level.</summary>
    public static string Parent(string key) => key.LastIndexOf(':') is >= 0 and var at ? key[..at] : "";

    /// <summary>The innermost part of a key, or the key itself at the top level.</summary>
    public static string Last(string key) => key[(key.LastIndexOf(':') + 1)..];

    /// <summary>The outermost section of a key, or the key itself at the top level.</summary>
    public static string First(string key) => key.IndexOf(':', StringComparison.Ordinal) is >= 0 and var at ? key[..at] : key;
}
