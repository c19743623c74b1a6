using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace Tenon.Host.Recipes;

/// <summary>A value from the environment or the command line.</summary>
/// <param name="Value">The text; null where <c>null</c> was written, as in a recipe.</param>
/// <param name="Source">Name in findings: <c>command line</c>, <c>environment variable NAME</c>.</param>
/// <param name="Prefix">Prefix of the key in findings: the pipeline stage for which it was set; empty if there is none.</param>
internal readonly record struct Setting(string? Value, string Source, string Prefix = "")
{
    /// <summary>The source of settings typed by the user.</summary>
    public const string CommandLine = "command line";

    private const string None = "null";

    /// <summary>Creates a setting from its text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">Name of the source in findings.</param>
    public static Setting Of(string? text, string source) => new(text == None ? null : text, source);

    /// <summary>The path as typed, if <see cref="Value"/> was made absolute from it; otherwise null.</summary>
    public string? Written { get; init; }

    /// <summary>Whether the user typed it.</summary>
    public bool IsTyped => Source == CommandLine;
}

/// <summary>
/// Settings that override a recipe's text: the environment (<c>TENON_training__steps</c>), then the command line
/// (<c>--training:steps=100</c>).
/// </summary>
internal sealed class RecipeSettings
{
    private const string Prefix = "TENON_";

    // Variables of the program, which are not keys of a recipe.
    private static readonly string[] ProgramVariables = [Plugins.Catalogue.PluginsFile.Variable, Native.LibTorchFolder.Variable];

    private readonly List<RecipeFinding> _findings;

    private RecipeSettings(List<RecipeFinding> findings) => _findings = findings;

    /// <summary>Values by key.</summary>
    public Dictionary<string, Setting> Values { get; private init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Keys of lists that replace the whole list of a recipe; their items are in <see cref="Values"/>.</summary>
    public HashSet<string> Lists { get; private init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Arguments that are not settings.</summary>
    public IReadOnlyList<RecipeFinding> Findings => _findings;

    /// <summary>Reads environment and command line.</summary>
    /// <param name="environment">Variables; only those that start with TENON_ are used.</param>
    /// <param name="overrides">Arguments of the command line.</param>
    public static RecipeSettings Read(IEnumerable<KeyValuePair<string, string?>> environment, IReadOnlyList<string> overrides)
    {
        var settings = new RecipeSettings([]);
        foreach ((string name, string? value) in environment)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                && !ProgramVariables.Contains(name, StringComparer.OrdinalIgnoreCase))
                settings.Values[name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal)] =
                    Setting.Of(value, $"environment variable {name}");
        }

        Dictionary<string, string?> typed = settings.Parse(overrides);
        // In the order of the configuration, which also lists sections, i.e. keys without a value.
        foreach ((string key, string? value) in new ConfigurationBuilder().AddInMemoryCollection(typed).Build().AsEnumerable()
            .Where(p => p.Value is not null))
            settings.Values[key] = Setting.Of(value, Setting.CommandLine);
        return settings;
    }

    /// <summary>Returns the variables of this process.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> ProcessEnvironment() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>().Select(e => KeyValuePair.Create((string)e.Key, (string?)e.Value));

    /// <summary>Returns the setting that the user typed for a key, or for a key below it; null if there is none.</summary>
    /// <param name="key">A key.</param>
    public Setting? Find(string key)
    {
        if (Values.TryGetValue(key, out Setting exact))
            return exact;
        foreach ((string at, Setting setting) in Values)
        {
            if (setting.IsTyped && RecipeKeys.IsBelow(at, key))
                return setting;
        }

        return null;
    }

    /// <summary>
    /// Returns the settings of one pipeline stage: those for all stages, overridden by its own
    /// (<c>stages:ppo:training:steps</c>).
    /// </summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="shared">Outermost keys that apply to every stage.</param>
    public RecipeSettings OfStage(string stage, IReadOnlyCollection<string> shared)
    {
        var made = new RecipeSettings([]);
        string section = $"stages:{stage}";
        foreach ((string key, Setting setting) in Values.OrderBy(s => s.Value.IsTyped).ThenBy(s => RecipeKeys.IsBelow(s.Key, section)))
        {
            if (RecipeKeys.IsBelow(key, section))
                made.Values[key[(section.Length + 1)..]] = setting with { Prefix = section + ":" };
            else if (shared.Contains(RecipeKeys.First(key), StringComparer.OrdinalIgnoreCase))
                made.Values[key] = setting;
        }

        foreach (string key in Lists)
            made.Lists.Add(RecipeKeys.IsBelow(key, section) ? key[(section.Length + 1)..] : key);

        return made;
    }

    /// <summary>Returns the same settings with other values.</summary>
    /// <param name="values">Values by key.</param>
    public RecipeSettings With(Dictionary<string, Setting> values) => new(_findings) { Values = values, Lists = Lists };

    /// <summary>Joins each setting with its value, or with a JSON list of its values: <c>--section:key=value</c>.</summary>
    /// <param name="arguments">Arguments of the command line.</param>
    public static IEnumerable<string> Joined(IReadOnlyList<string> arguments) => Grouped(arguments).Select(setting => setting.Words switch
    {
        [] => setting.Argument,
        [var only] => $"{setting.Argument}={only}",
        _ => $"{setting.Argument}={JsonSerializer.Serialize(setting.Words)}",
    });

    // Each argument with the words that are its values, because it is a key without one.
    private static IEnumerable<(string Argument, string[] Words)> Grouped(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            string[] words = IsKey(argument) && !argument.Contains('=', StringComparison.Ordinal)
                ? [.. arguments.Skip(i + 1).TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal))] : [];
            i += words.Length;
            yield return (argument, words);
        }
    }

    private static bool IsKey(string argument) => argument.Length > 2 && argument.StartsWith("--", StringComparison.Ordinal);

    // --section:key=value, --section:key value, or --section:list value value; the last value of a key counts.
    private Dictionary<string, string?> Parse(IReadOnlyList<string> overrides)
    {
        var typed = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach ((string argument, string[] words) in Grouped(overrides))
        {
            bool isKey = IsKey(argument);
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (isKey && equals >= 0)
                Set(argument[2..equals], [argument[(equals + 1)..]]);
            else if (words.Length > 0)
                Set(argument[2..], words);
            else
            {
                string? nearest = !isKey && argument.Contains(':', StringComparison.Ordinal) ? $"--{argument.TrimStart('-')}" : null;
                _findings.Add(new RecipeFinding(Setting.CommandLine, null, "", argument, "--section:key=value", nearest,
                    isKey ? $"'{argument}' has no value. Write {argument}=value." : $"'{argument}' is not a " +
                        $"setting.{NearestName.Question(nearest)} Write --section:key=value, for example --training:steps=100."));
            }
        }

        if (_findings.Count > 0)
            typed.Clear();
        return typed;

        void Set(string key, string[] words)
        {
            string[]? items = words.Length > 1 ? words : Items(words[0]);
            // The items of a list that was given before.
            foreach (string former in typed.Keys.Where(at => RecipeKeys.IsBelow(at, key) && at[(key.Length + 1)..].All(char.IsAsciiDigit))
                .ToArray())
                typed.Remove(former);
            if (items is null)
            {
                typed[key] = words[0];
                return;
            }

            Lists.Add(key);
            foreach ((int index, string item) in items.Index())
                typed[$"{key}:{index}"] = item;
        }
    }

    // The items of a JSON list; null for any other text.
    private static string[]? Items(string text)
    {
        if (!text.StartsWith('[') || !text.EndsWith(']'))
            return null;
        try
        {
            return JsonNode.Parse(text) is JsonArray { Count: > 0 } list && list.All(item => item is JsonValue)
                ? [.. list.Select(item => item!.ToString())] : null;
        }
        catch (JsonException)
        {
            return null; // A text such as [a-z]+.
        }
    }
}
