using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <content>Nested objects in a file.</content>
public sealed partial class ConfigMap
{
    private bool _isSection;

    /// <summary>
    /// Maps a nested object of the file. Error messages name both the object's key and the key inside it. Floating-point options are
    /// always written with a decimal point in nested objects, because transformers rejects or warns about integers there.
    /// </summary>
    /// <typeparam name="T">Type of the options.</typeparam>
    /// <param name="key">The key of the object.</param>
    /// <param name="options">The options.</param>
    /// <param name="map">Maps the keys of the object.</param>
    /// <returns>The options with the object's values.</returns>
    public T Section<T>(string key, T options, Func<ConfigMap, T, T> map) where T : class
    {
        ArgumentNullException.ThrowIfNull(map);
        _known.Add(key);
        if (!Reads)
        {
            var writer = new ConfigMap(_file, [], reads: false) { _isSection = true };
            T written = map(writer, options);
            _content[key] = writer._content;
            return written;
        }

        if (_content[key] is not JsonObject section)
            throw Error(key, $"is {Show(_content[key])}, which is not an object.");
        var reader = new ConfigMap($"{_file}: {key}", section, reads: true);
        T read = map(reader, options);
        reader.CheckRanges(read);
        return read;
    }

    private JsonNode? Json<T>(T value) where T : struct =>
        _isSection && value is double number && double.IsInteger(number) && Math.Abs(number) < 1e15
            ? JsonNode.Parse(number.ToString("F1", CultureInfo.InvariantCulture))
            : JsonValue.Create(value);
}
