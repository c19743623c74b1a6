using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Models;

/// <summary>
/// The options of a model that starts from a folder: the folder's options, overridden by the recipe's values. A recipe cannot
/// change options that the weights depend on (<see cref="TrainedWithAttribute"/>).
/// </summary>
/// <param name="architecture">The architecture.</param>
/// <param name="folder">The folder, for messages.</param>
/// <param name="facts">Facts about tokenizer and data.</param>
internal sealed class FolderOptions(IArchitecture architecture, string folder, ModelFacts facts)
{
    private const string Preset = "Preset";
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Overrides a folder's values with those of a recipe. A null in the recipe means the folder's value.</summary>
    /// <param name="configuration">The folder's files.</param>
    /// <param name="section">The recipe's section.</param>
    /// <exception cref="ModelException">The recipe changes values that the weights depend on; the message lists both.</exception>
    public object Apply(ModelConfiguration configuration, IConfiguration section)
    {
        object own = Resolved(architecture.Read(configuration), facts);
        object bound = architecture.Read(configuration);
        IConfiguration set = Set(section, bound.GetType());
        OptionsBinder.Apply(bound, set);
        string[] wrong =
            [.. set.GetChildren().Select(child => Difference(Property(bound.GetType(), child.Key), own, bound)).OfType<string>()];
        if (wrong.Length == 0)
            wrong = [.. OfPreset(own, bound)];
        return wrong.Length == 0 ? bound : throw new ModelException(
            $"{string.Join(", ", wrong)}. The weights were trained with the folder's values: " +
            $"remove {(wrong.Length == 1 ? "this setting" : "these settings")} or set {(wrong.Length == 1 ? "it" : "them")} to null, " +
            "or start without 'from'.");
    }

    // A preset sets options that are not set otherwise, but a folder sets all of them. A preset that differs from the folder would
    // have no effect.
    private IEnumerable<string> OfPreset(object own, object bound)
    {
        if (Property(bound.GetType(), Preset) is not { } preset || preset.GetValue(bound) is not string name)
            yield break;
        // Values that the data or the tokenizer determine do not belong to the preset.
        (object first, object second) = (Fresh(facts), Fresh(new ModelFacts(null, new SpecialTokens(), new DataFacts())));
        IEnumerable<PropertyInfo> presets = Marked(bound.GetType())
            .Where(p => p.GetValue(first) is { } value && p.GetValue(second) is { } other && Same(value, other));
        // One difference is enough: two presets usually differ in all sizes.
        if (presets.Select(property => Difference(property, own, first)).FirstOrDefault(found => found is not null) is { } difference)
            yield return $"'preset' is '{name}', where {difference}";

        object Fresh(ModelFacts known)
        {
            object options = Activator.CreateInstance(bound.GetType())!;
            preset.SetValue(options, name);
            return Resolved(options, known);
        }
    }

    private object Resolved(object options, ModelFacts known)
    {
        try
        {
            return architecture.Resolve(options, known);
        }
        catch (ModelException)
        {
            // The options contradict the data or each other, which is reported when the recipe's values are applied.
            return options;
        }
    }

    private string? Difference(PropertyInfo? property, object own, object bound)
    {
        if (property?.GetCustomAttribute<TrainedWithAttribute>() is not { } mark)
            return null;
        (object? ofFolder, object? wanted) = (property.GetValue(own), property.GetValue(bound));
        if (ofFolder is null || wanted is null || Same(ofFolder, wanted))
            return null;
        bool fits = mark.AllowsLess
            && Convert.ToDouble(wanted, CultureInfo.InvariantCulture) <= Convert.ToDouble(ofFolder, CultureInfo.InvariantCulture);
        string most = mark.AllowsLess ? "at most " : "";
        return fits ? null : $"'{OptionsReader.Key(property.Name)}' is {Show(wanted)}, but {most}{Show(ofFolder)} in '{folder}'";
    }

    // A single number applies to all channels.
    private static bool Same(object a, object b) => a is IEnumerable first and not string && b is IEnumerable second
        ? Items(first) is var x && Items(second) is var y
            && (x.SequenceEqual(y) || ((x.Length == 1 || y.Length == 1) && x.Concat(y).Distinct().Count() == 1))
        : a.Equals(b);

    private static object?[] Items(IEnumerable list) => [.. list.Cast<object?>()];

    private static string Show(object value) => value is Enum or string
        ? $"'{OptionsReader.Key(value.ToString()!)}'"
        : JsonSerializer.Serialize(value, _json);

    private static IEnumerable<PropertyInfo> Marked(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.IsDefined(typeof(TrainedWithAttribute)));

    private static PropertyInfo? Property(Type type, string key) =>
        type.GetProperty(key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);

    // The values that the recipe sets; null, or an empty string where it means null, counts as not set.
    private static IConfigurationRoot Set(IConfiguration section, Type type)
    {
        IEnumerable<KeyValuePair<string, string?>> values = section.AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Key.Length > 0 && IsSet(pair));
        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();

        bool IsSet(KeyValuePair<string, string?> pair) => pair.Value is { } value
            && (value.Length > 0 || Property(type, pair.Key) is not { } property
                || Nullable.GetUnderlyingType(property.PropertyType) is null);
    }
}
