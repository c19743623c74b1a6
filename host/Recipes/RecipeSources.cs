using System.Collections;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Tenon.Host.Recipes;

/// <summary>
/// The sources of a recipe laid over each other: its text, then the environment (<c>TENON_training__steps</c>), then the
/// command line (<c>--training:steps=100</c>). Knows for each key which one it comes from.
/// </summary>
internal sealed class RecipeSources
{
    private const string Prefix = "TENON_";

    // Variables of the program itself, which are no keys of a recipe.
    private static readonly string[] ProgramVariables = ["TENON_PLUGINS", Native.LibTorchFolder.Variable];

    private readonly string _name;
    private readonly bool _hasLines;
    private readonly RecipeText _text;
    private readonly Dictionary<string, string> _variables = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _overridden = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Finding> _findings;

    /// <summary>Lays the sources over each other.</summary>
    /// <param name="name">What findings call the text.</param>
    /// <param name="hasLines">Whether the text is a file with lines.</param>
    /// <param name="json">The text.</param>
    /// <param name="environment">Variables; those that start with TENON_ count.</param>
    /// <param name="overrides">Arguments of the command line.</param>
    public RecipeSources(string name, bool hasLines, byte[] json, IEnumerable<KeyValuePair<string, string?>> environment, IReadOnlyList<string> overrides)
    {
        _name = name;
        _hasLines = hasLines;
        _text = RecipeText.Read(name, hasLines, json);
        _findings = [.. _text.Findings];
        IConfigurationBuilder builder = new ConfigurationBuilder()
            .AddInMemoryCollection(_text.Values)
            .AddInMemoryCollection(Variables(environment));
        if (AreOverrides(overrides))
        {
            builder.AddCommandLine([.. overrides]);
            _overridden.UnionWith(new ConfigurationBuilder().AddCommandLine([.. overrides]).Build().AsEnumerable().Select(p => p.Key));
        }

        Configuration = builder.Build();
    }

    /// <summary>The values.</summary>
    public IConfigurationRoot Configuration { get; }

    /// <summary>What is wrong with the sources themselves.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Whether the text is whole; half a recipe would only give findings that mislead.</summary>
    public bool IsReadable => _text.IsWellFormed;

    /// <summary>The JSON kind of a value in the text; null when the value comes from elsewhere, where everything is a text.</summary>
    public JsonValueKind? JsonKind(string key) =>
        _overridden.Contains(key) || _variables.ContainsKey(key) || !_text.Places.TryGetValue(key, out Place place) ? null : place.Kind;

    /// <summary>A finding with the place of its key, or of the nearest section around it that has one.</summary>
    public Finding Finding(string key, string display, string? found, string? allowed, string? nearest, string message)
    {
        if (_overridden.Contains(key))
            return new Finding("command line", null, display, found, allowed, nearest, message);
        if (_variables.TryGetValue(key, out string? variable))
            return new Finding($"environment variable {variable}", null, display, found, allowed, nearest, message);
        int? line = null;
        for (string at = key; _hasLines && line is null && at.Length > 0; at = at.Contains(':', StringComparison.Ordinal) ? at[..at.LastIndexOf(':')] : "")
            line = _text.Places.TryGetValue(at, out Place place) ? place.Line : null;
        return new Finding(_name, _hasLines ? line ?? 1 : null, display, found, allowed, nearest, message);
    }

    /// <summary>The variables of this process.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> ProcessEnvironment() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>().Select(e => KeyValuePair.Create((string)e.Key, (string?)e.Value));

    private Dictionary<string, string?> Variables(IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string? value) in environment)
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || ProgramVariables.Contains(name, StringComparer.OrdinalIgnoreCase))
                continue;
            string key = name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
            values[key] = value;
            _variables[key] = name;
        }

        return values;
    }

    // The library skips arguments that it does not understand; here they are findings.
    private bool AreOverrides(IReadOnlyList<string> overrides)
    {
        bool all = true;
        for (int i = 0; i < overrides.Count; i++)
        {
            string argument = overrides[i];
            bool isKey = argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 2;
            bool hasValue = argument.Contains('=', StringComparison.Ordinal);
            if (isKey && !hasValue && i + 1 < overrides.Count && !overrides[i + 1].StartsWith("--", StringComparison.Ordinal))
                i++;
            else if (!isKey || !hasValue)
            {
                all = false;
                _findings.Add(new Finding("command line", null, "", argument, "--section:key=value", null,
                    isKey ? $"'{argument}' has no value. Write {argument}=value." : $"'{argument}' is no setting. Write --section:key=value, for example --training:steps=100."));
            }
        }

        return all;
    }
}
