using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>Checks the values of a section against a schema and collects all findings.</summary>
/// <param name="sources">The values and their sources.</param>
/// <param name="findings">Receives findings.</param>
/// <param name="isWhole">Whether the section must set all options without a default.</param>
/// <param name="elsewhere">Returns the full key of an option in another section that has the name of an unknown key, or null.</param>
internal sealed class ValueChecker(
    RecipeSources sources, List<RecipeFinding> findings, bool isWhole = true, Func<string, string?>? elsewhere = null)
{
    private readonly List<NamedFolder> _folders = [];

    /// <summary>The folders in the values checked so far, whose existence is not checked here.</summary>
    public IReadOnlyList<NamedFolder> Folders => _folders;

    /// <summary>Checks a section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="owner">Owner of the options, for messages: <c>the strategy 'pretrain'</c>.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="path">The section's displayed key, followed by a colon; empty at the top level.</param>
    /// <param name="hostKeys">Keys checked elsewhere.</param>
    public void Section(IConfiguration section, string owner, OptionsSchema schema, string path, IReadOnlyCollection<string> hostKeys)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (hostKeys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                continue;
            if (schema.Find(child.Key) is { } option)
                Option(child, option, path + option.Key);
            else
                UnknownKey(child, owner, [.. hostKeys, .. schema.Options.Select(o => o.Key)], path);
        }

        if (!isWhole)
            return;
        string at = (section as IConfigurationSection)?.Path ?? "";
        foreach (OptionInfo option in schema.Options.Where(o => o is { IsRequired: true, HasDefault: false }
            && !hostKeys.Contains(o.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!section.GetSection(option.Key).Exists() && sources.JsonKind(section.GetSection(option.Key).Path) is null)
                Add(at, path + option.Key, null, option.Range.Length > 0
                    ? option.Range : option.Type.Name, null, $"is required. {option.Summary}".TrimEnd());
        }
    }

    /// <summary>Reports an unknown key.</summary>
    public void UnknownKey(IConfigurationSection child, string owner, IReadOnlyCollection<string> valid, string path)
    {
        if (RecipeLayout.Moved.TryGetValue(path + child.Key, out string? now))
        {
            Add(child.Path, path + child.Key, child.Key, now, null, $"is now '{now}'. Move its value there.");
            return;
        }

        string? nearest = elsewhere?.Invoke(path + child.Key) ?? NearestName.Of(child.Key, valid);
        string allowed = string.Join(", ", valid.Distinct().Order(StringComparer.Ordinal));
        Add(child.Path, path + child.Key, child.Key, allowed, nearest,
            $"is not a key of {owner}.{NearestName.Question(nearest)} " +
            $"{(valid.Count == 0 ? "It has no keys." : $"Valid keys are {allowed}.")}");
    }

    /// <summary>Checks one value.</summary>
    /// <param name="section">The section of the value.</param>
    /// <param name="option">The allowed values.</param>
    /// <param name="display">The displayed key.</param>
    public void Option(IConfigurationSection section, OptionInfo option, string display)
    {
        int before = findings.Count;
        Value(section, option.Type, display);
        if (findings.Count == before && !IsNull(section))
            Limits(section, option, display);
    }

    private void Value(IConfigurationSection section, OptionType type, string display)
    {
        if (IsNull(section))
        {
            if (!type.IsNullable)
                Wrong(section, display, "null", type);
            return;
        }

        JsonValueKind? json = sources.JsonKind(section.Path);
        string? text = section.Value;
        bool fits = type.Kind switch
        {
            OptionKind.Boolean => json is null or JsonValueKind.True or JsonValueKind.False,
            OptionKind.WholeNumber or OptionKind.Number => json is null or JsonValueKind.Number,
            OptionKind.Text or OptionKind.Enum => json is null or JsonValueKind.String,
            OptionKind.Array => json is JsonValueKind.Array || (json is null && text is null),
            OptionKind.Dictionary or OptionKind.Section => json is JsonValueKind.Object || (json is null && text is null),
            _ => false,
        };
        if (!fits || !type.IsSpelledBy(text))
        {
            Wrong(section, display, Spelling(section, json), type);
            return;
        }

        switch (type.Kind)
        {
            case OptionKind.Enum:
                OneOf(section, display, text!, [.. type.Members.Select(m => m.Name)], StringComparer.OrdinalIgnoreCase);
                break;
            case OptionKind.Array or OptionKind.Dictionary:
                foreach (IConfigurationSection item in section.GetChildren())
                    Value(item, type.Element!, $"{display}:{item.Key}");
                break;
            // The configuration cannot distinguish an empty object from null, so the user's setting would have no effect.
            case OptionKind.Section when type.IsNullable && !section.GetChildren().Any():
                string keys = string.Join(", ", type.Section!.Options.Select(option => option.Key));
                Add(section.Path, display, "{}", keys, null,
                    $"is an empty object, which has no effect. Set one of its keys ({keys}), or remove it.");
                break;
            case OptionKind.Section:
                Section(section, $"'{display}'", type.Section!, $"{display}:", []);
                break;
        }
    }

    private void Limits(IConfigurationSection section, OptionInfo option, string display)
    {
        string? text = section.Value;
        if (option.Type.Kind is OptionKind.WholeNumber or OptionKind.Number)
            InRange(section, option, display);
        foreach (IConfigurationSection item in option.Type is
        {
            Kind: OptionKind.Array,
            Element.Kind: OptionKind.WholeNumber or OptionKind.Number
        } ? section.GetChildren() : [])
            InRange(item, option, $"{display}:{item.Key}");

        if (option.AllowedValues is { } allowed && text is not null)
            OneOf(section, display, text, allowed, StringComparer.Ordinal);
        if (option is { IsRequired: true, Type.Kind: OptionKind.Text } && string.IsNullOrWhiteSpace(text))
            Add(section.Path, display, text, null, null, "is empty; it must be a non-empty string.");
        if (option.Pattern is { } pattern && text is not null
            && !Regex.IsMatch(text, $"^(?:{pattern})$", RegexOptions.None, TimeSpan.FromSeconds(1)))
            Add(section.Path, display, text, pattern, null, $"is '{text}', which does not match {pattern}. {option.Summary}".TrimEnd());
        if (option.IsRegularExpression)
        {
            foreach (IConfigurationSection item in option.Type.Kind == OptionKind.Text ? [section] : section.GetChildren())
                Syntax(item, item.Path == section.Path ? display : $"{display}:{item.Key}");
        }

        if (option.IsFolder && !string.IsNullOrWhiteSpace(text))
            _folders.Add(new NamedFolder(section.Path, display, text));
        int length = option.Type.Kind == OptionKind.Text ? text?.Length ?? 0 : section.GetChildren().Count();
        if (length < option.MinLength || length > option.MaxLength)
        {
            string what = option.Type.Kind == OptionKind.Text ? "characters" : "items";
            string limits = (option with { Minimum = null, Maximum = null, AllowedValues = null, Pattern = null }).Range;
            Add(section.Path, display, $"{length} {what}", limits, null, $"has {length} {what}; allowed: {limits}.");
        }
    }

    private void Syntax(IConfigurationSection section, string display)
    {
        try
        {
            _ = new Regex(section.Value ?? "");
        }
        catch (ArgumentException error)
        {
            Add(section.Path, display, section.Value, "a regular expression", null, $"is not a valid regular expression. {error.Message}");
        }
    }

    private void InRange(IConfigurationSection section, OptionInfo option, string display)
    {
        double value = double.Parse(section.Value!, CultureInfo.InvariantCulture);
        bool low = option.Minimum is { } least && (option.MinimumIsExclusive ? value <= least : value < least);
        bool high = option.Maximum is { } most && (option.MaximumIsExclusive ? value >= most : value > most);
        if (low || high || double.IsNaN(value))
            Add(section.Path, display, section.Value, option.Range, null, $"is {section.Value}; allowed: {option.Range}.");
    }

    private void OneOf(IConfigurationSection section, string display, string found, IReadOnlyCollection<string> allowed,
        StringComparer comparer)
    {
        if (allowed.Contains(found, comparer))
            return;
        string? nearest = NearestName.Of(found, allowed);
        string list = string.Join(", ", allowed);
        Add(section.Path, display, found, list, nearest, $"is '{found}'; allowed: {list}.{NearestName.Question(nearest)}");
    }

    private void Wrong(IConfigurationSection section, string display, string found, OptionType type)
    {
        string needed = type.Needed(section.Value);
        Add(section.Path, display, found, needed, null, $"is {found}; it must be {needed}.");
    }

    private void Add(string key, string display, string? found, string? allowed, string? nearest, string message) =>
        findings.Add(sources.Finding(key, display, found, allowed, nearest, message));

    private bool IsNull(IConfigurationSection section) =>
        sources.JsonKind(section.Path) is JsonValueKind.Null
            || (sources.JsonKind(section.Path) is null && section.Value is null && !section.GetChildren().Any());

    private static string Spelling(IConfigurationSection section, JsonValueKind? json) => json switch
    {
        JsonValueKind.String => $"\"{section.Value}\"",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => section.Value is { } value ? $"'{value}'" : "a section",
    };
}
