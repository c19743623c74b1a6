using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Formats;

/// <summary>
/// Reads a JSON Schema as an expression whose texts are values that the schema allows. It need not have all of them: members are in the
/// order of <c>properties</c>, and there are no others than those. A keyword that is not supported is an error, never ignored.
/// </summary>
internal sealed class JsonSchemaReader
{
    private const int MostRepetitions = 10_000;
    private const int MostProperties = 1_000;

    private readonly string _source;
    private readonly JsonElement _root;
    private readonly bool _isObject;
    private readonly Dictionary<string, Rule> _rules = new(StringComparer.Ordinal);

    private JsonSchemaReader(string source, JsonElement root, bool isObject) => (_source, _root, _isObject) = (source, root, isObject);

    /// <summary>Reads a schema.</summary>
    /// <param name="json">The schema.</param>
    /// <param name="source">Its file, for messages.</param>
    /// <param name="isObject">Whether a schema without keywords allows only objects, as the arguments of functions are.</param>
    /// <exception cref="OptionsException">
    /// The schema is not valid JSON, has a keyword that is not supported, or contradicts itself; the message names the JSON path.
    /// </exception>
    public static Rule Read(string json, string source, bool isObject = false)
    {
        try
        {
            if (JsonText.Fault(Encoding.UTF8.GetBytes(json), out int line) is { } fault)
                throw new OptionsException($"{source}:{line}: {fault}");
            using var document = JsonDocument.Parse(json);
            return new JsonSchemaReader(source, document.RootElement, isObject).Referenced("#", "$");
        }
        catch (JsonException cause)
        {
            throw new OptionsException(
                $"{source}:{(cause.LineNumber ?? 0) + 1}: the schema is not valid JSON: {cause.Message.Split(" LineNumber:")[0]}", cause);
        }
    }

    private Expression Value(JsonElement schema, string path)
    {
        if (schema.ValueKind == JsonValueKind.True)
            return JsonGrammar.Any;
        if (schema.ValueKind != JsonValueKind.Object)
            throw Error(path, schema.ValueKind == JsonValueKind.False ? "the schema is false, which allows no value"
                : $"the schema is {Shown(schema)}. It must be an object");
        Dictionary<string, JsonElement> keywords = Keywords(schema, path);
        if (SchemaKeywords.Alone.FirstOrDefault(keywords.ContainsKey) is { } alone)
            return Alone(alone, keywords, path);
        string[] types = Types(keywords, path);
        if (types.Length == 0)
            return _isObject && path == "$" ? JsonGrammar.Map(JsonGrammar.Any) : JsonGrammar.Any;
        if (keywords.Keys.FirstOrDefault(name => SchemaKeywords.Applies.GetValueOrDefault(name) is { } applies
            && !applies.Intersect(types).Any()) is { } idle)
        {
            throw Error($"{path}.{idle}", $"'{idle}' is supported for the type {string.Join(" or ", SchemaKeywords.Applies[idle])}, but " +
                $"the type is {string.Join(", ", types)}");
        }

        Expression[] values = Array.ConvertAll(types, type => OfType(type, keywords, path));
        return values.Length == 1 ? values[0] : new Choice(values);
    }

    private Expression Alone(string name, Dictionary<string, JsonElement> keywords, string path)
    {
        bool isList = name is "enum" or "const";
        if (keywords.Keys.FirstOrDefault(other => other != name && !(isList && other == "type")) is { } beside)
            throw Error($"{path}.{beside}", $"'{beside}' next to '{name}' is not supported");
        JsonElement value = keywords[name];
        string at = $"{path}.{name}";
        if (name == "$ref")
            return new Call(Referenced(value.ValueKind == JsonValueKind.String ? value.GetString()! : throw NotA(at, value, "text"), at));
        if (name == "const")
            return Literals([value], keywords, at);
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw NotA(at, value, "list with at least one item");
        return isList ? Literals([.. value.EnumerateArray()], keywords, at)
            : new Choice([.. value.EnumerateArray().Select((item, i) => Value(item, $"{at}[{i}]"))]);
    }

    private Choice Literals(JsonElement[] values, Dictionary<string, JsonElement> keywords, string path)
    {
        string[] types = Types(keywords, path);
        JsonElement[] allowed = [.. values.Where(value => types.Length == 0 || types.Any(type => HasType(value, type)))];
        return allowed.Length > 0 ? new Choice([.. allowed.Select(JsonGrammar.Literal)])
            : throw Error(path, $"no value has the type {string.Join(" or ", types)}");
    }

    private Expression OfType(string type, Dictionary<string, JsonElement> keywords, string path) => type switch
    {
        "object" => Object(keywords, path),
        "array" => List(keywords, path),
        "string" => Text(keywords, path),
        "integer" => Integer(keywords, path),
        "number" => JsonGrammar.Number,
        "boolean" => JsonGrammar.Boolean,
        _ => JsonGrammar.Null,
    };

    private Expression Object(Dictionary<string, JsonElement> keywords, string path)
    {
        (string Name, JsonElement Schema)[] properties = !keywords.TryGetValue("properties", out JsonElement declared) ? []
            : declared.ValueKind == JsonValueKind.Object ? [.. declared.EnumerateObject().Select(each => (each.Name, each.Value))]
            : throw NotA($"{path}.properties", declared, "object");
        if (properties.Length > MostProperties)
            throw Error($"{path}.properties", $"there are {properties.Length:N0} properties; supported: up to {MostProperties:N0}");
        string[] names = Array.ConvertAll(properties, property => property.Name);
        string[] required = !keywords.TryGetValue("required", out JsonElement list) ? [] : Texts(list, $"{path}.required");
        if (Array.Find(required, name => !names.Contains(name)) is { } unknown)
        {
            throw Error($"{path}.required", $"'{unknown}' is not in 'properties', so its value is not known." +
                $"{NearestName.Question(unknown, names)} Add it there");
        }

        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Error($"{path}.properties", $"'{twice.Key}' is declared twice");
        bool isClosed = !keywords.TryGetValue("additionalProperties", out JsonElement others) || others.ValueKind == JsonValueKind.False;
        if (names.Length == 0 && (!isClosed || others.ValueKind == JsonValueKind.Undefined))
            return JsonGrammar.Map(isClosed ? JsonGrammar.Any : Value(others, $"{path}.additionalProperties"));
        if (!isClosed)
        {
            throw Error($"{path}.additionalProperties",
                $"'additionalProperties' is {Shown(others)}, which is supported only without 'properties'. Set it to false");
        }

        return JsonGrammar.Object([.. properties.Select(property =>
            (property.Name, Value(property.Schema, $"{path}.properties.{property.Name}"), required.Contains(property.Name)))]);
    }

    private Expression List(Dictionary<string, JsonElement> keywords, string path)
    {
        (int minimum, int? maximum) = Limits(keywords, "minItems", "maxItems", path);
        Expression item = keywords.TryGetValue("items", out JsonElement items) ? Value(items, $"{path}.items") : JsonGrammar.Any;
        return JsonGrammar.Array(item, minimum, maximum);
    }

    private Expression Text(Dictionary<string, JsonElement> keywords, string path)
    {
        (int minimum, int? maximum) = Limits(keywords, "minLength", "maxLength", path);
        if (!keywords.TryGetValue("pattern", out JsonElement pattern))
            return JsonGrammar.String(minimum, maximum);
        if (keywords.ContainsKey("minLength") || keywords.ContainsKey("maxLength"))
        {
            throw Error($"{path}.pattern",
                "'pattern' next to 'minLength' or 'maxLength' is not supported. Write the length into the pattern");
        }

        if (pattern.ValueKind != JsonValueKind.String)
            throw NotA($"{path}.pattern", pattern, "text");
        try
        {
            return JsonGrammar.Matching(pattern.GetString()!);
        }
        catch (OptionsException fault)
        {
            throw new OptionsException($"{_source}: {path}.pattern: {fault.Message}", fault);
        }
    }

    private Expression Integer(Dictionary<string, JsonElement> keywords, string path)
    {
        BigInteger? minimum = Whole("minimum"), maximum = Whole("maximum");
        if (Whole("exclusiveMinimum") + 1 is { } above)
            minimum = minimum is { } least ? BigInteger.Max(least, above) : above;
        if (Whole("exclusiveMaximum") - 1 is { } below)
            maximum = maximum is { } most ? BigInteger.Min(most, below) : below;
        return JsonGrammar.Integer(minimum, maximum) ?? throw Error(path, "no integer is from the minimum to the maximum. A limit that " +
            $"is not set is the largest number of {JsonGrammar.Digits} digits");

        BigInteger? Whole(string name) => !keywords.TryGetValue(name, out JsonElement value) ? null
            : value.ValueKind == JsonValueKind.Number && BigInteger.TryParse(
                value.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole)
            ? whole : throw NotA($"{path}.{name}", value, "whole number");
    }

    private (int Minimum, int? Maximum) Limits(Dictionary<string, JsonElement> keywords, string minimum, string maximum, string path)
    {
        int? least = Count(minimum), most = Count(maximum);
        return (least ?? 0) <= (most ?? int.MaxValue) ? (least ?? 0, most)
            : throw Error($"{path}.{minimum}", $"'{minimum}' is {least}, but '{maximum}' is {most}");

        int? Count(string name) => !keywords.TryGetValue(name, out JsonElement value) ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count is >= 0 and <= MostRepetitions ? count
            : throw NotA($"{path}.{name}", value, $"whole number from 0 to {MostRepetitions:N0}");
    }

    // The declared types, or those that the other keywords apply to; none if all values are allowed.
    private string[] Types(Dictionary<string, JsonElement> keywords, string path)
    {
        if (!keywords.TryGetValue("type", out JsonElement declared))
            return [.. keywords.Keys.SelectMany(name => SchemaKeywords.Applies.GetValueOrDefault(name) ?? []).Distinct()];
        string at = $"{path}.type";
        string[] types = declared.ValueKind == JsonValueKind.String ? [declared.GetString()!] : Texts(declared, at);
        if (types.Length == 0)
            throw NotA(at, declared, "type or a list of types");
        return Array.Find(types, type => !SchemaKeywords.Types.Contains(type)) is not { } unknown ? [.. types.Distinct()]
            : throw Error(at, $"'{unknown}' is not a type.{NearestName.Question(unknown, SchemaKeywords.Types)} " +
                $"Allowed: {string.Join(", ", SchemaKeywords.Types)}");
    }

    private Dictionary<string, JsonElement> Keywords(JsonElement schema, string path)
    {
        var keywords = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty property in schema.EnumerateObject())
        {
            if (SchemaKeywords.Annotations.Contains(property.Name))
                continue;
            if (!SchemaKeywords.All.Contains(property.Name))
            {
                throw Error($"{path}.{property.Name}", $"the keyword '{property.Name}' is not supported." +
                    $"{NearestName.Question(property.Name, SchemaKeywords.All)} Supported: {string.Join(", ", SchemaKeywords.All)}");
            }

            if (!keywords.TryAdd(property.Name, property.Value))
                throw Error($"{path}.{property.Name}", $"'{property.Name}' occurs twice");
        }

        return keywords;
    }

    // The rule of a schema in this document. It is known before it is read, because it may refer to itself.
    private Rule Referenced(string reference, string path)
    {
        if (_rules.TryGetValue(reference, out Rule? known))
            return known;
        var rule = new Rule(reference == "#" ? "the schema" : $"'{reference}'");
        _rules.Add(reference, rule);
        rule.Body = Value(Find(reference, path), reference == "#" ? "$" : reference);
        return rule;
    }

    private JsonElement Find(string reference, string path)
    {
        if (reference != "#" && !reference.StartsWith("#/", StringComparison.Ordinal))
            throw Error(path, $"'{reference}' is not in this schema. Supported: references that begin with #/, such as #/$defs/name");
        JsonElement found = _root;
        foreach (string part in reference.Split('/').Skip(1))
        {
            // RFC 6901 in a URI fragment.
            string name = Uri.UnescapeDataString(part)
                .Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            string[] names = found.ValueKind == JsonValueKind.Object ? [.. found.EnumerateObject().Select(each => each.Name)] : [];
            if (found.ValueKind == JsonValueKind.Object && found.TryGetProperty(name, out JsonElement member))
                found = member;
            else if (found.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int at) && at < found.GetArrayLength())
                found = found[at];
            else
                throw Error(path, $"'{reference}' refers to '{name}', which does not exist.{NearestName.Question(name, names)}" +
                    (names.Length == 0 ? "" : $" Allowed: {string.Join(", ", names)}"));
        }

        return found;
    }

    private string[] Texts(JsonElement list, string path) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : throw NotA(path, list, "list of texts");

    private static bool HasType(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.Number => type == "number" || (type == "integer" && value.TryGetDecimal(out decimal number)
            && number == decimal.Truncate(number)),
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        _ => type == "null",
    };

    private OptionsException NotA(string path, JsonElement value, string expected) =>
        Error(path, $"found {Shown(value)}. It must be a {expected}");

    private OptionsException Error(string path, string problem) => new($"{_source}: {path}: {problem.TrimEnd('.')}.");

    private static string Shown(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? $"{text[..60]}…" : value.GetRawText();
}
