using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>
/// Maps options to the keys of a JSON file of the Hugging Face libraries, in both directions: an architecture lists each key once,
/// and the same lines read a file into options and write options into a file.
/// <code>
/// public static ModelConfiguration Describe(GptOptions options) => new(ConfigMap.Write(options, Map));
///
/// public static GptOptions Read(ModelConfiguration folder) => ConfigMap.Read(folder, "config.json", new GptOptions(), Map);
///
/// private static GptOptions Map(ConfigMap map, GptOptions options)
/// {
///     map.Constant("model_type", "gpt2");
///     GptOptions mapped = options with
///     {
///         Layers = map.Value("n_layer", options.Layers, missing: 12),
///         EndOfText = map.TokenId("eos_token_id", options.EndOfText, missing: 50256),
///         Activation = map.Text("activation_function", options.Activation, missing: "gelu_new", Activations.Names),
///     };
///     map.Note("torch_dtype", "float32");
///     return mapped;
/// }
/// </code>
/// Each method takes the value to write and returns the effective one: the file's when reading, <c>missing</c> if the file
/// lacks the key, and the given one when writing. Keys are written in the order of the calls. Reading is strict: a value of
/// another type, an
/// unknown name, a setting that is not supported, and a value outside the range that the option's attributes allow are rejected
/// with file, key, value and the allowed values. Keys that are not mapped are ignored, unless <see cref="RejectUnmapped"/> is
/// called.
/// </summary>
public sealed partial class ConfigMap
{
    private readonly string _file;
    private readonly JsonObject _content;
    // Key by the name of the option.
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private ConfigMap(string file, JsonObject content, bool reads) => (_file, _content, Reads) = (file, content, reads);

    /// <summary>Whether a file is read; otherwise one is written.</summary>
    public bool Reads { get; }

    /// <summary>Reads a file.</summary>
    /// <typeparam name="TOptions">The options.</typeparam>
    /// <param name="folder">The files of a model folder.</param>
    /// <param name="file">The file to read.</param>
    /// <param name="options">Values of the options that the file does not have.</param>
    /// <param name="map">The architecture's table.</param>
    /// <exception cref="ModelException">The folder has no such file, or a value is not supported.</exception>
    public static TOptions Read<TOptions>(ModelConfiguration folder, string file, TOptions options, Func<ConfigMap, TOptions, TOptions> map)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(map);
        var reader = new ConfigMap(file, folder[file], reads: true);
        TOptions read = map(reader, options);
        reader.CheckRanges(read);
        return read;
    }

    /// <summary>Writes a file.</summary>
    /// <typeparam name="TOptions">The options.</typeparam>
    /// <param name="options">Resolved options.</param>
    /// <param name="map">The architecture's table.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static JsonObject Write<TOptions>(TOptions options, Func<ConfigMap, TOptions, TOptions> map) where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(map);
        var writer = new ConfigMap("", [], reads: false);
        map(writer, options);
        return writer._content;
    }

    /// <summary>A number or boolean.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The option.</param>
    /// <param name="missing">The reference implementation's default.</param>
    /// <param name="option">The option's name; the compiler fills it in from the expression.</param>
    public T Value<T>(string key, T? value, T missing, [CallerArgumentExpression(nameof(value))] string option = "") where T : struct
    {
        Map(key, option);
        if (Reads)
            return _content.TryGetPropertyValue(key, out JsonNode? node) ? Convert<T>(key, node) : missing;
        T set = ResolvedOptions.Value(value, option);
        _content[key] = Json(set);
        return set;
    }

    /// <summary>A number or boolean, or null, which has its own meaning.</summary>
    /// <inheritdoc cref="Value"/>
    public T? Optional<T>(string key, T? value, T? missing = null, [CallerArgumentExpression(nameof(value))] string option = "")
        where T : struct
    {
        Map(key, option);
        if (Reads)
            return !_content.TryGetPropertyValue(key, out JsonNode? node) ? missing : node is null ? null : Convert<T>(key, node);
        _content[key] = value is { } set ? Json(set) : null;
        return value;
    }

    /// <summary>
    /// The id of a token, or null. A file may have a list of ids, of which the first counts here: the others end generated text too
    /// (<see cref="BuildContext.EndOfText"/>).
    /// </summary>
    /// <inheritdoc cref="Value"/>
    public int? TokenId(string key, int? value, int? missing = null, [CallerArgumentExpression(nameof(value))] string option = "") =>
        Reads && _content[key] is JsonArray { Count: > 0 } list ? ReadFirst(key, list, option) : Optional(key, value, missing, option);

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The option.</param>
    /// <param name="missing">The reference implementation's default.</param>
    /// <param name="supported">The supported values.</param>
    public string Text(string key, string value, string missing, IEnumerable<string> supported) =>
        Choice(key, value, missing, [.. supported.Select(text => (text, text))]);

    /// <summary>A value that has a name in the file.</summary>
    /// <typeparam name="T">The option's type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The option.</param>
    /// <param name="missing">The value for a file without the key.</param>
    /// <param name="names">Names in the file with their values; if several names have the same value, the first is written.</param>
    public T Choice<T>(string key, T value, T missing, IReadOnlyList<(string Name, T Value)> names)
    {
        _known.Add(key);
        if (Reads)
            return _content.TryGetPropertyValue(key, out JsonNode? node) ? Named(key, Convert<string>(key, node), names) : missing;
        _content[key] = Name(value, names);
        return value;
    }

    /// <summary>A list of values that have names in the file.</summary>
    /// <typeparam name="T">The type of an item.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The option.</param>
    /// <param name="missing">The values for a file without the key.</param>
    /// <param name="names">Names in the file with their values; if several names have the same value, the first is written.</param>
    /// <param name="option">The option's name; the compiler fills it in from the expression.</param>
    public IReadOnlyList<T> Choices<T>(
        string key,
        IReadOnlyList<T>? value,
        IReadOnlyList<T> missing,
        IReadOnlyList<(string Name, T Value)> names,
        [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (Reads)
            return [.. List<string>(key, null, [.. missing.Select(item => Name(item, names))], option)
                .Select(name => Named(key, name, names))];
        IReadOnlyList<T> set = ResolvedOptions.Value(value, option);
        List(key, [.. set.Select(item => Name(item, names))], missing: [], option);
        return set;
    }

    /// <summary>A list of numbers or strings.</summary>
    /// <typeparam name="T">The type of an item.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The option.</param>
    /// <param name="missing">The reference implementation's default.</param>
    /// <param name="option">The option's name; the compiler fills it in from the expression.</param>
    public IReadOnlyList<T> List<T>(
        string key, IReadOnlyList<T>? value, IReadOnlyList<T> missing, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        Map(key, option);
        if (Reads)
            return _content.TryGetPropertyValue(key, out JsonNode? node) ? Convert<T[]>(key, node) : missing;
        IReadOnlyList<T> set = ResolvedOptions.Value(value, option);
        _content[key] = new JsonArray([.. set.Select(item => JsonValue.Create(item))]);
        return set;
    }

    /// <summary>A value in another format.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value to write.</param>
    /// <returns>The file's value; null if the file lacks the key.</returns>
    public JsonNode? Node(string key, JsonNode? value)
    {
        _known.Add(key);
        if (!Reads)
            _content[key] = value?.DeepClone();
        return _content[key];
    }

    /// <summary>A setting that is written, and for which a file must not have another value.</summary>
    /// <inheritdoc cref="Require"/>
    public void Constant(string key, JsonNode? value, string otherwise = "")
    {
        if (Reads)
            Require(key, value, otherwise);
        else
            _content[key] = value?.DeepClone();
    }

    /// <summary>A setting that is not written, and for which a file must not have another value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The only value that is supported; assumed if the file lacks the key.</param>
    /// <param name="otherwise">What another value would mean, or how to fix it: a sentence.</param>
    /// <param name="orNull">Whether null is supported too.</param>
    public void Require(string key, JsonNode? value, string otherwise = "", bool orNull = false)
    {
        _known.Add(key);
        if (!Reads || !_content.TryGetPropertyValue(key, out JsonNode? found) || JsonNode.DeepEquals(found, value)
            || (orNull && found is null))
            return;
        throw Error(key, $"is {Show(found)}; only {Show(value)} is supported.{(otherwise.Length > 0 ? $" {otherwise}" : "")}");
    }

    /// <summary>A setting that is written for other programs and has no effect here.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value to write.</param>
    public void Note(string key, JsonNode? value)
    {
        _known.Add(key);
        if (!Reads)
            _content[key] = value?.DeepClone();
    }

    /// <summary>Keys that may have any value, because their value has no effect here.</summary>
    /// <param name="keys">The keys.</param>
    public void Ignore(params ReadOnlySpan<string> keys) => _known.UnionWith(keys.ToArray());

    /// <summary>
    /// Rejects keys that have not been mapped, except those with the value null or false and those that start with an underscore.
    /// For libraries whose files have no other keys.
    /// </summary>
    public void RejectUnmapped()
    {
        foreach ((string key, JsonNode? value) in _content.Where(_ => Reads))
        {
            bool nothing = value is null || value.GetValueKind() == JsonValueKind.False;
            if (!_known.Contains(key) && !key.StartsWith('_') && !nothing)
            {
                throw Error(key,
                    $"is {Show(value)}, but this architecture does not have this key.{NearestName.Question(key, _known)} " +
                    $"Known: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
            }
        }
    }

    /// <summary>An exception that names the file.</summary>
    /// <param name="key">The key.</param>
    /// <param name="problem">The rest of the sentence, starting with the verb, and the allowed values.</param>
    /// <param name="cause">The inner exception, or null.</param>
    public ModelException Error(string key, string problem, Exception? cause = null)
    {
        string message = $"{_file}: '{key}' {problem}";
        return cause is null ? new ModelException(message) : new ModelException(message, cause);
    }

    private int ReadFirst(string key, JsonArray list, string option)
    {
        Map(key, option);
        return Convert<int[]>(key, list)[0];
    }

    // "options.HiddenSize" -> "HiddenSize"
    private void Map(string key, string option)
    {
        _known.Add(key);
        _keys[option[(option.LastIndexOf('.') + 1)..]] = key;
    }

    private static string Name<T>(T value, IReadOnlyList<(string Name, T Value)> names)
    {
        foreach ((string name, T known) in names)
        {
            if (EqualityComparer<T>.Default.Equals(known, value))
                return name;
        }

        throw new ModelException($"'{value}' has no name in the model's configuration. " +
            $"Allowed: {string.Join(", ", names.Select(pair => pair.Value))}.");
    }

    private T Named<T>(string key, string name, IReadOnlyList<(string Name, T Value)> names)
    {
        foreach ((string known, T value) in names)
        {
            if (known == name)
                return value;
        }

        string[] all = [.. names.Select(pair => pair.Name)];
        throw Error(key, $"is \"{name}\", which is not supported.{NearestName.Question(name, all)} Supported: {string.Join(", ", all)}.");
    }

    private T Convert<T>(string key, JsonNode? node)
    {
        try
        {
            if (node is not null && node.Deserialize<T>() is { } value && !(value is Array items && items.Cast<object?>().Contains(null)))
                return value;
        }
        catch (JsonException cause)
        {
            throw Error(key, $"is {Show(node)}, which is not {Kind(typeof(T))}.", cause);
        }

        throw Error(key, $"is {Show(node)}, which is not {Kind(typeof(T))}.");
    }

    // Ranges and allowed values are the option's attributes, as for a recipe.
    private void CheckRanges(object options)
    {
        foreach ((string option, string key) in _keys)
        {
            if (options.GetType().GetProperty(option) is not { } property)
                continue;
            foreach (ValidationAttribute limit in property.GetCustomAttributes<ValidationAttribute>(inherit: true))
            {
                if (!limit.IsValid(property.GetValue(options)))
                    throw Error(key, $"is {Show(_content[key])}. {Allowed(limit, key)}");
            }
        }
    }

    private static string Allowed(ValidationAttribute limit, string key) => limit switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"Allowed: {range.Minimum} … {range.Maximum}."),
        AllowedValuesAttribute values => $"Allowed: {string.Join(", ", values.Values.Select(value => value ?? "null"))}.",
        _ => limit.FormatErrorMessage(key),
    };

    private static string Show(JsonNode? node) => node?.ToJsonString() ?? "null";

    private static string Kind(Type type) => type switch
    {
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(string) => "a string",
        _ when type == typeof(int[]) => "a list of whole numbers",
        _ when type == typeof(double[]) => "a list of numbers",
        _ when type == typeof(string[]) => "a list of strings",
        _ => "an object of strings",
    };
}
