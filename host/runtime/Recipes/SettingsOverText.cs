using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>
/// Applies the rules by which settings override a text: choosing another component drops the options of the previous one, a list
/// replaces the whole list, and relative paths that the user typed start at the working directory.
/// </summary>
/// <param name="text">The recipe's text.</param>
/// <param name="settings">Environment and command line.</param>
/// <param name="options">Finds the options that keys set.</param>
internal sealed class SettingsOverText(RecipeValues text, RecipeSettings settings, OptionIndex options)
{
    /// <summary>The text without the values that the settings replace.</summary>
    public RecipeValues Text { get; private set; } = text;

    /// <summary>The settings, with lists and paths resolved.</summary>
    public RecipeSettings Settings { get; private set; } = settings;

    /// <summary>Resolves both.</summary>
    public SettingsOverText Resolve()
    {
        DropFormerOptions();
        IConfigurationRoot merged = new ConfigurationBuilder().AddInMemoryCollection(Text.Values)
            .AddInMemoryCollection(Settings.Values.Select(s => KeyValuePair.Create(s.Key, s.Value.Value))).Build();
        var resolved = new Dictionary<string, Setting>(StringComparer.OrdinalIgnoreCase);
        List<string> replaced = [.. Settings.Lists];
        foreach ((string key, Setting setting) in Settings.Values)
        {
            OptionInfo? option = setting.Value is null ? null : options.Find(key, merged);
            // One value for a list is a list with one item.
            bool isItem = option is not null && options.IsList(key, merged);
            if (isItem)
                replaced.Add(key);
            resolved[isItem ? $"{key}:0" : key] = option is { IsFolder: true } or { IsPath: true }
                ? FromWorkingDirectory(setting) : setting;
        }

        Text = Text.Without(replaced);
        Settings = Settings.With(resolved);
        return this;
    }

    private static Setting FromWorkingDirectory(Setting setting) =>
        !setting.IsTyped || setting.Value is not { Length: > 0 } path || StageReferences.IsReference(path)
            ? setting
            : setting with { Value = Path.GetFullPath(path), Written = path };

    private void DropFormerOptions()
    {
        foreach ((string key, Setting setting) in Settings.Values)
        {
            if (setting.Value is not { } use || RecipeLayout.KindOf(RecipeKeys.First(key)) is not { } kind
                || !string.Equals(RecipeKeys.Last(key), "use", StringComparison.OrdinalIgnoreCase)
                    || Text.Values.GetValueOrDefault(key) is not { } former
                || ComponentReference.Split(former).Name == ComponentReference.Split(use).Name)
            {
                continue;
            }

            string section = RecipeKeys.Parent(key);
            Text = Text.Without([.. Text.Locations.Keys.Where(at =>
                RecipeKeys.IsBelow(at, section)
                    && !kind.HostKeys.Contains(RecipeKeys.First(at[(section.Length + 1)..]), StringComparer.OrdinalIgnoreCase))]);
        }
    }
}
