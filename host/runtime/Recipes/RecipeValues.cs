using System.Text.Json;

namespace Tenon.Host.Recipes;

/// <summary>Flat configuration values by key, with the location of each key. Keys are case-insensitive.</summary>
internal sealed class RecipeValues
{
    /// <summary>Values by key, with colons between sections.</summary>
    public Dictionary<string, string?> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Locations by key, including those of sections.</summary>
    public Dictionary<string, TextLocation> Locations { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the content of a section, with keys relative to it.</summary>
    /// <param name="section">Key of the section.</param>
    /// <param name="prefix">Prefix of the keys in findings.</param>
    public RecipeValues Below(string section, string prefix) =>
        Of(this, key => RecipeKeys.IsBelow(key, section) ? key[(section.Length + 1)..] : null, place => place with { Prefix = prefix });

    /// <summary>Returns the same values, with a prefix for each key in findings.</summary>
    /// <param name="prefix">The stage of the values.</param>
    public RecipeValues In(string prefix) => Of(this, key => key, place => place with { Prefix = prefix });

    /// <summary>Some keys and everything below them.</summary>
    /// <param name="keys">Outermost keys.</param>
    public RecipeValues Only(IReadOnlyCollection<string> keys) =>
        Of(this, key => keys.Contains(RecipeKeys.First(key), StringComparer.OrdinalIgnoreCase) ? key : null, place => place);

    /// <summary>Returns the same values without some keys and everything below them.</summary>
    /// <param name="keys">Keys.</param>
    public RecipeValues Without(params IReadOnlyCollection<string> keys) =>
        Of(this, key => keys.Any(without => RecipeKeys.IsAtOrBelow(key, without)) ? null : key, place => place);

    /// <summary>
    /// Overrides these values with others, key by key. A section that names its component, a list, or a single value replaces
    /// everything here; otherwise options of another component or surplus items would remain.
    /// </summary>
    /// <param name="over">The overriding values.</param>
    public RecipeValues With(RecipeValues over)
    {
        string[] replaced = [.. over.Locations.Where(p => p.Value.Kind != JsonValueKind.Object || over.Values.ContainsKey($"{p.Key}:use"))
            .Select(p => p.Key)];
        RecipeValues laid = Without(replaced);
        foreach ((string key, string? value) in over.Values)
            laid.Values[key] = value;
        foreach ((string key, TextLocation place) in over.Locations)
            laid.Locations[key] = place;
        return laid;
    }

    /// <summary>Returns the location of a key, or of the nearest enclosing section that has one; null if none has.</summary>
    /// <param name="key">A key.</param>
    public TextLocation? Nearest(string key)
    {
        for (string at = key; at.Length > 0; at = RecipeKeys.Parent(at))
        {
            if (Locations.TryGetValue(at, out TextLocation place))
                return place;
        }

        return null;
    }

    private static RecipeValues Of(RecipeValues from, Func<string, string?> name, Func<TextLocation, TextLocation> move)
    {
        var made = new RecipeValues();
        foreach ((string key, string? value) in from.Values)
        {
            if (name(key) is { } own)
                made.Values[own] = value;
        }

        foreach ((string key, TextLocation place) in from.Locations)
        {
            if (name(key) is { } own)
                made.Locations[own] = move(place);
        }

        return made;
    }
}
