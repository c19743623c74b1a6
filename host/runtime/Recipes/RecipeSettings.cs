using System.Collections;
using Microsoft.Extensions.Configuration;

namespace Tenon.Host.Recipes;

/// <summary>A value from the environment or the command line.</summary>
/// <param name="Value">As a text; null where <c>null</c> was written, which is what it is in a recipe.</param>
/// <param name="Source">What findings call it: <c>command line</c>, <c>environment variable NAME</c>.</param>
/// <param name="Prefix">What findings put before the key: the stage of a pipeline that it was given for; empty for none.</param>
internal readonly record struct Setting(string? Value, string Source, string Prefix = "")
{
    /// <summary>The source of what a user typed.</summary>
    public const string CommandLine = "command line";

    private const string None = "null";

    /// <summary>A value as it was written.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What findings call the place.</param>
    public static Setting Of(string? text, string source) => new(text == None ? null : text, source);

    /// <summary>Whether a user typed it.</summary>
    public bool IsTyped => Source == CommandLine;
}

/// <summary>What is laid over a recipe's text: the environment (<c>TENON_training__steps</c>), then the command line (<c>--training:steps=100</c>).</summary>
internal sealed class RecipeSettings
{
    private const string Prefix = "TENON_";

    // Variables of the program itself, which are no keys of a recipe.
    private static readonly string[] ProgramVariables = ["TENON_PLUGINS", Native.LibTorchFolder.Variable];

    private readonly List<RecipeFinding> _findings = [];

    /// <summary>Values by key.</summary>
    public Dictionary<string, Setting> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Arguments that are no settings.</summary>
    public IReadOnlyList<RecipeFinding> Findings => _findings;

    /// <summary>Reads environment and command line.</summary>
    /// <param name="environment">Variables; those that start with TENON_ count.</param>
    /// <param name="overrides">Arguments of the command line.</param>
    public static RecipeSettings Read(IEnumerable<KeyValuePair<string, string?>> environment, IReadOnlyList<string> overrides)
    {
        var settings = new RecipeSettings();
        foreach ((string name, string? value) in environment)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !ProgramVariables.Contains(name, StringComparer.OrdinalIgnoreCase))
                settings.Values[name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal)] = Setting.Of(value, $"environment variable {name}");
        }

        Dictionary<string, string?> typed = settings.Parse(overrides);
        // In the order of the configuration, which lists sections too: a key without a value of its own.
        foreach ((string key, string? value) in new ConfigurationBuilder().AddInMemoryCollection(typed).Build().AsEnumerable().Where(p => p.Value is not null))
            settings.Values[key] = Setting.Of(value, Setting.CommandLine);
        return settings;
    }

    /// <summary>The variables of this process.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> ProcessEnvironment() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>().Select(e => KeyValuePair.Create((string)e.Key, (string?)e.Value));

    /// <summary>The setting of a key, or of one below it that a user typed; null when there is none.</summary>
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

    /// <summary>The settings of one stage of a pipeline: those that hold for every stage, and over them its own (<c>stages:ppo:training:steps</c>).</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="shared">Outermost keys of those that hold for every stage.</param>
    public RecipeSettings OfStage(string stage, IReadOnlyCollection<string> shared)
    {
        var made = new RecipeSettings();
        string section = $"stages:{stage}";
        foreach ((string key, Setting setting) in Values.OrderBy(s => s.Value.IsTyped).ThenBy(s => RecipeKeys.IsBelow(s.Key, section)))
        {
            if (RecipeKeys.IsBelow(key, section))
                made.Values[key[(section.Length + 1)..]] = setting with { Prefix = section + ":" };
            else if (shared.Contains(RecipeKeys.First(key), StringComparer.OrdinalIgnoreCase))
                made.Values[key] = setting;
        }

        return made;
    }

    // --section:key=value or --section:key value; the last value of a key counts. None when an argument is something else.
    private Dictionary<string, string?> Parse(IReadOnlyList<string> overrides)
    {
        var typed = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < overrides.Count; i++)
        {
            string argument = overrides[i];
            bool isKey = argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 2;
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (isKey && equals >= 0)
                typed[argument[2..equals]] = argument[(equals + 1)..];
            else if (isKey && i + 1 < overrides.Count && !overrides[i + 1].StartsWith("--", StringComparison.Ordinal))
                typed[argument[2..]] = overrides[++i];
            else
            {
                _findings.Add(new RecipeFinding(Setting.CommandLine, null, "", argument, "--section:key=value", null,
                    isKey ? $"'{argument}' has no value. Write {argument}=value." : $"'{argument}' is no setting. Write --section:key=value, for example --training:steps=100."));
            }
        }

        if (_findings.Count > 0)
            typed.Clear();
        return typed;
    }
}
