using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Tenon.Host.Recipes;

/// <summary>A recipe's text with the settings that override it. Records the source of each key's value.</summary>
internal sealed class RecipeSources
{
    private readonly RecipeValues _text;
    private readonly RecipeSettings _settings;
    private readonly TextLocation _home;

    /// <summary>Overrides values with settings.</summary>
    /// <param name="text">The values of one text, or of several merged ones.</param>
    /// <param name="settings">Environment and command line.</param>
    /// <param name="home">Location of keys that are not in any text.</param>
    /// <param name="options">The options of the available components.</param>
    public RecipeSources(RecipeValues text, RecipeSettings settings, TextLocation home, OptionIndex options)
    {
        SettingsOverText over = new SettingsOverText(text, settings, options).Resolve();
        (_text, _settings, _home) = (over.Text, settings = over.Settings, home);
        // A null section is empty.
        RecipeValues left = over.Text.Without([.. settings.Values.Where(s => s.Value.Value is null).Select(s => s.Key)]);
        Configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(left.Values)
            .AddInMemoryCollection(settings.Values.Select(s => KeyValuePair.Create(s.Key, s.Value.Value)))
            .Build();
    }

    /// <summary>The values.</summary>
    public IConfigurationRoot Configuration { get; }

    /// <summary>Errors in the sources themselves.</summary>
    public IReadOnlyList<RecipeFinding> Findings { get; private init; } = [];

    /// <summary>Whether the text could be read completely; an incomplete recipe would only cause misleading findings.</summary>
    public bool IsReadable { get; private init; } = true;

    /// <summary>Reads a text and overrides it with settings.</summary>
    /// <param name="name">Name of the text in findings.</param>
    /// <param name="hasLines">Whether the text is a file with lines.</param>
    /// <param name="json">The text.</param>
    /// <param name="settings">Environment and command line.</param>
    /// <param name="options">The options of the available components.</param>
    public static RecipeSources Read(string name, bool hasLines, byte[] json, RecipeSettings settings, OptionIndex options)
    {
        RecipeText text = RecipeText.Read(name, hasLines, json);
        return new RecipeSources(text.Content, settings, new TextLocation(name, hasLines ? 1 : null, JsonValueKind.Object), options)
        {
            Findings = [.. text.Findings, .. settings.Findings],
            IsReadable = text.IsWellFormed,
        };
    }

    /// <summary>Returns whether the user typed the value of a key on the command line.</summary>
    /// <param name="key">The key.</param>
    public bool IsTyped(string key) => _settings.Values.TryGetValue(key, out Setting setting) && setting.IsTyped;

    /// <summary>The path that the user typed for a key, whose value starts at the root; null if the value is not such a path.</summary>
    /// <param name="key">The key.</param>
    public string? WrittenPath(string key) => _settings.Values.TryGetValue(key, out Setting setting) ? setting.Written : null;

    /// <summary>
    /// Returns the JSON kind of a value in the text; null if the value comes from another source, where all values are text.
    /// </summary>
    public JsonValueKind? JsonKind(string key) =>
        _settings.Find(key) is null && _text.Locations.TryGetValue(key, out TextLocation place) ? place.Kind : null;

    /// <summary>Creates a finding with the location of its key, or of the nearest enclosing section that has one.</summary>
    public RecipeFinding Finding(string key, string display, string? found, string? allowed, string? nearest, string message)
    {
        if (_settings.Find(key) is { } setting)
            return new RecipeFinding(setting.Source, null, setting.Prefix + display, found, allowed, nearest, message);
        TextLocation place = _text.Nearest(key) ?? _home;
        return new RecipeFinding(place.Source, place.Line, place.Prefix + display, found, allowed, nearest, message);
    }
}
