using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Diffusion;

/// <summary>
/// Reads one configuration file key by key and remembers which were asked for, so that a key without meaning here is
/// refused instead of ignored.
/// </summary>
internal sealed class ConfigurationFile(string path, JsonObject content)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>The value of a key; the reference's default when the file, written by an older version, lacks it.</summary>
    public T Get<T>(string key, T fallback)
    {
        _known.Add(key);
        if (!content.TryGetPropertyValue(key, out JsonNode? node))
            return fallback;
        if (node is null && default(T) is null)
            return fallback is null ? fallback : default!;
        try
        {
            return node.Deserialize<T>() ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new ModelException($"'{key}' in {path} is {Show(node)}, which is no {Kind(typeof(T))}.", e);
        }
    }

    /// <summary>The value of a key among named ones.</summary>
    public T Choose<T>(string key, string fallback, IReadOnlyDictionary<string, T> allowed)
    {
        string found = Get(key, fallback);
        return allowed.TryGetValue(found, out T? value)
            ? value
            : throw new ModelException($"'{key}' in {path} is \"{found}\", which is not supported. Supported: {string.Join(", ", allowed.Keys)}.");
    }

    /// <summary>Refuses any other value of a key than the one that this architecture works with.</summary>
    /// <param name="key">The key; a file without it is taken to have the value.</param>
    /// <param name="value">The value, or null.</param>
    /// <param name="otherwise">What another value would mean.</param>
    public void Require(string key, JsonNode? value, string otherwise)
    {
        _known.Add(key);
        if (content.TryGetPropertyValue(key, out JsonNode? found) && !JsonNode.DeepEquals(found, value))
            throw new ModelException($"'{key}' in {path} is {Show(found)}; only {Show(value)} is supported. {otherwise}");
    }

    /// <summary>A key that has no effect on this architecture, whatever its value.</summary>
    public void Ignore(string key) => _known.Add(key);

    /// <summary>Refuses keys that were not asked for, unless their value says that nothing is meant.</summary>
    public void RefuseOthers()
    {
        foreach ((string key, JsonNode? value) in content)
        {
            bool nothing = value is null || value.GetValueKind() == JsonValueKind.False;
            if (!_known.Contains(key) && !key.StartsWith('_') && !nothing)
            {
                throw new ModelException(
                    $"'{key}' in {path} is {Show(value)}, and this architecture does not know the key. Known: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
            }
        }
    }

    private static string Show(JsonNode? node) => node?.ToJsonString() ?? "null";

    private static string Kind(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(int) ? "whole number"
            : type == typeof(double) ? "number"
            : type == typeof(bool) ? "true or false"
            : type == typeof(string) ? "string"
            : type == typeof(int[]) ? "list of whole numbers"
            : type == typeof(string[]) ? "list of strings" : "object of strings";
    }
}
