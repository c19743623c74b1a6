using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>Reads a <c>config.json</c> of the Hugging Face libraries, with errors that name file, key and value.</summary>
/// <param name="configuration">The files of the folder.</param>
/// <param name="file">The one to read.</param>
public sealed class ConfigReader(ModelConfiguration configuration, string file = "config.json")
{
    private readonly JsonObject _config = (configuration ?? throw new ArgumentNullException(nameof(configuration)))[file];

    /// <summary>The value of a key.</summary>
    /// <typeparam name="T">Text, a number or a truth value, nullable where null has a meaning of its own.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="missing">The reference implementation's default, for a key that is not there.</param>
    /// <exception cref="ModelException">The value is of another type.</exception>
    public T Value<T>(string key, T missing)
    {
        if (!_config.TryGetPropertyValue(key, out JsonNode? node))
            return missing;
        try
        {
            // A null means "none" where none is a value, and the default elsewhere.
            return node is null ? (default(T) is null && typeof(T) != typeof(string) ? default! : missing) : node.Deserialize<T>()!;
        }
        catch (JsonException cause)
        {
            throw new ModelException($"{file}: '{key}' is {node!.ToJsonString()}, which is no {Kind(typeof(T))}.", cause);
        }
    }

    /// <summary>Refuses values that the architecture does not implement.</summary>
    /// <typeparam name="T">As in <see cref="Value"/>.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="missing">The reference implementation's default.</param>
    /// <param name="supported">The only value that is implemented.</param>
    /// <exception cref="ModelException">The value is another one.</exception>
    public void Require<T>(string key, T missing, T supported)
    {
        T found = Value(key, missing);
        if (!EqualityComparer<T>.Default.Equals(found, supported))
        {
            throw new ModelException(
                $"{file}: '{key}' is {JsonSerializer.Serialize(found)}, and this architecture supports only {JsonSerializer.Serialize(supported)}. " +
                "Use a model of that kind.");
        }
    }

    /// <summary>The first class in <c>architectures</c>, or null.</summary>
    public string? ModelClass => _config["architectures"] is JsonArray { Count: > 0 } classes ? classes[0]?.ToString() : null;

    /// <summary>
    /// The names of the classes: <c>id2label</c>, or <c>LABEL_0</c> … for <c>num_labels</c>; null when the file has neither.
    /// </summary>
    /// <exception cref="ModelException">The keys of <c>id2label</c> are not 0 … n − 1.</exception>
    public IReadOnlyList<string>? Labels()
    {
        if (_config["id2label"] is not JsonObject names)
            return Value("num_labels", (int?)null) is { } count ? [.. Enumerable.Range(0, count).Select(id => $"LABEL_{id}")] : null;
        var labels = new string[names.Count];
        foreach ((string key, JsonNode? name) in names)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= labels.Length || labels[id] is not null)
                throw new ModelException($"{file}: 'id2label' has the key '{key}'; with {labels.Length} classes the keys are 0 … {labels.Length - 1}, each once.");
            labels[id] = name?.ToString() ?? $"LABEL_{id}";
        }

        return labels;
    }

    /// <summary>Adds <c>id2label</c> and <c>label2id</c> to a configuration.</summary>
    /// <param name="config">Changed in place.</param>
    /// <param name="labels">Names of the classes in the order of the logits.</param>
    public static void WriteLabels(JsonObject config, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(labels);
        config["id2label"] = new JsonObject(labels.Index().Select(l => KeyValuePair.Create(l.Index.ToString(CultureInfo.InvariantCulture), (JsonNode?)l.Item)));
        config["label2id"] = new JsonObject(labels.Index().Select(l => KeyValuePair.Create(l.Item, (JsonNode?)l.Index)));
    }

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        Type t when t == typeof(int) => "whole number",
        Type t when t == typeof(double) => "number",
        Type t when t == typeof(bool) => "true or false",
        Type t when t.IsArray => "list of numbers",
        _ => "text",
    };
}
