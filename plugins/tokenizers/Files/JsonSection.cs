using System.Text.Json;
using Tenon.Tokenizers.Unicode;

namespace Tenon.Tokenizers.Files;

/// <summary>A value in a JSON file with its path, so that errors can report the location.</summary>
internal readonly record struct JsonSection(string File, string Path, JsonElement Value)
{
    /// <summary>Reads a file whose root is an object.</summary>
    /// <exception cref="DataException">The file is missing or is not a JSON object.</exception>
    public static JsonSection Read(string file)
    {
        try
        {
            return Parse(file, System.IO.File.ReadAllBytes(file));
        }
        catch (FileNotFoundException e)
        {
            throw new DataException($"{file} does not exist.", e);
        }
    }

    /// <summary>Reads the content of a file whose root is an object.</summary>
    /// <exception cref="DataException">It is not a JSON object.</exception>
    public static JsonSection Parse(string file, ReadOnlyMemory<byte> content)
    {
        // A byte order mark.
        if (content.Span.StartsWith("\uFEFF"u8))
            content = content[3..];
        try
        {
            if (GitLfsPointer.Is(content.Span))
                throw new DataException($"{file} {GitLfsPointer.Advice}.");
            if (JsonText.Fault(content.Span, out int line) is { } fault)
                throw new DataException($"{file}:{line}: {fault}");
            // The document keeps its memory as long as an element refers to it.
            var json = JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = new JsonSection(file, "", json.RootElement);
            return root.Value.ValueKind == JsonValueKind.Object ? root : throw root.Error($"is {root.Describe()}, not an object");
        }
        catch (JsonException e)
        {
            throw new DataException($"{file} is not valid JSON: {e.Message} Download or save it again.", e);
        }
    }

    /// <summary>The child with this name; null if it is missing or null.</summary>
    public JsonSection? Child(string name)
    {
        if (Value.ValueKind != JsonValueKind.Object)
            throw Error($"is {Describe()}, not an object");
        var (value, path) = (Value, Path);
        JsonElement child = default;
        return value.TryGetProperty(name, out child) && child.ValueKind != JsonValueKind.Null
            ? this with { Path = path.Length == 0 ? name : $"{Path}.{name}", Value = child }
            : null;
    }

    /// <summary>The child with this name, which is required.</summary>
    public JsonSection Required(string name) => Child(name) ?? throw Error($"has no '{name}'");

    /// <summary>The children by name.</summary>
    public IEnumerable<(string Name, JsonSection Section)> Children()
    {
        if (Value.ValueKind != JsonValueKind.Object)
            throw Error($"is {Describe()}, not an object");
        foreach (var property in Value.EnumerateObject())
        {
            var name = property.Name;
            yield return (name, this with { Path = $"{Path}.{name}", Value = property.Value });
        }
    }

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonSection> Items()
    {
        if (Value.ValueKind != JsonValueKind.Array)
            throw Error($"is {Describe()}, not an array");
        var index = 0;
        foreach (var item in Value.EnumerateArray())
            yield return this with { Path = $"{Path}[{index++}]", Value = item };
    }

    public string AsText()
    {
        var value = Value;
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Error($"is {Describe()}, not a string");
    }

    public int AsId() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var id) && id >= 0
        ? id
        : throw Error($"is {Value.GetRawText()}, not a non-negative integer");

    public double AsNumber() => Value.ValueKind == JsonValueKind.Number ? Value.GetDouble() : throw Error($"is {Describe()}, not a number");

    /// <summary>A pattern: <c>{"String": "a"}</c>, <c>{"Regex": "a+"}</c>, or a string.</summary>
    public (string Text, CodePointRegex? Pattern) AsPattern()
    {
        if (Value.ValueKind == JsonValueKind.String)
            return (Checked(this), null);
        if (Child("String") is { } literal)
            return (Checked(literal), null);
        var regex = Required("Regex");
        var pattern = Checked(regex);
        try
        {
            return (pattern, new CodePointRegex(pattern));
        }
        catch (ArgumentException e)
        {
            throw regex.Error($"is '{pattern}', which is not supported: {e.Message.TrimEnd('.')}");
        }

        static string Checked(JsonSection section) => section.AsText() is { Length: > 0 } text ? text : throw section.Error("is empty");
    }

    public bool Flag(string name, bool missing) => Child(name) is not { } child ? missing : child.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw child.Error($"is {child.Describe()}, not true or false"),
    };

    public DataException Error(string problem) => new($"{File}: {(Path.Length == 0 ? "the file" : Path)} {problem}.");

    private string Describe() => Value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
