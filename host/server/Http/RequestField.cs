using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Server.Http;

/// <summary>A field of requests. The description of the server has the limits with which it is checked.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does, for the description of the server.</param>
internal abstract class RequestField(string name, string description)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Whether a request must have it.</summary>
    public bool IsNeeded { get; init; }

    /// <summary>The value of a request without it; null if there is none.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>Its JSON Schema.</summary>
    public JsonObject Schema()
    {
        JsonObject schema = Values();
        schema["description"] = description;
        if (Default is not null)
            schema["default"] = Default.DeepClone();
        return schema;
    }

    /// <summary>The schema of its values.</summary>
    protected abstract JsonObject Values();
}

/// <summary>A number in a range.</summary>
internal sealed class NumberField(string name, double least, double most, string description) : RequestField(name, description)
{
    /// <summary>Reads the number; null if it is missing.</summary>
    public double? Read(RequestBody body) => body.Number(Name, least, most);

    /// <inheritdoc/>
    protected override JsonObject Values() => new() { ["type"] = "number", ["minimum"] = least, ["maximum"] = most };
}

/// <summary>An integer in a range.</summary>
internal sealed class IntegerField(string name, long least, long most, string description) : RequestField(name, description)
{
    /// <summary>Reads the integer; null if it is missing.</summary>
    public long? Read(RequestBody body) => body.Integer(Name, least, most);

    /// <inheritdoc/>
    protected override JsonObject Values() => new() { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most };
}

/// <summary>True or false.</summary>
internal sealed class FlagField(string name, string description) : RequestField(name, description)
{
    /// <summary>Reads the value; null if it is missing.</summary>
    public bool? Read(RequestBody body) => body.Field(Name) is null ? null : body.Flag(Name);

    /// <inheritdoc/>
    protected override JsonObject Values() => new() { ["type"] = "boolean" };
}

/// <summary>A text, or one of several.</summary>
internal sealed class TextField(string name, string description, params string[] allowed) : RequestField(name, description)
{
    /// <summary>Reads the text; null if it is missing.</summary>
    public string? Read(RequestBody body) => allowed.Length == 0 ? body.OptionalText(Name) : body.OneOf(Name, allowed);

    /// <inheritdoc/>
    protected override JsonObject Values() => allowed.Length == 0 ? JsonSchemas.Text() : JsonSchemas.OneOf(allowed);
}

/// <summary>A text, or a list of texts.</summary>
internal sealed class TextsField(string name, int most, bool allowsEmpty, string description) : RequestField(name, description)
{
    /// <summary>Reads the texts; empty if they are missing.</summary>
    public IReadOnlyList<string> Read(RequestBody body)
    {
        if (IsNeeded)
            body.Needed(Name);
        return body.Texts(Name, most, allowsEmpty);
    }

    /// <inheritdoc/>
    protected override JsonObject Values()
    {
        JsonObject list = JsonSchemas.List(Text());
        (list["minItems"], list["maxItems"]) = (1, most);
        return JsonSchemas.AnyOf(Text(), list);
    }

    private JsonObject Text()
    {
        JsonObject text = JsonSchemas.Text();
        if (!allowsEmpty)
            text["minLength"] = 1;
        return text;
    }
}

/// <summary>A field with a structure of its own.</summary>
/// <param name="name">Its name.</param>
/// <param name="values">The schema of its values.</param>
/// <param name="description">What it does.</param>
internal sealed class StructuredField(string name, Func<JsonObject> values, string description) : RequestField(name, description)
{
    /// <summary>Returns the value; null if it is missing.</summary>
    /// <exception cref="ApiException">It is missing, but needed.</exception>
    public JsonElement? Read(RequestBody body) => IsNeeded ? body.Needed(Name) : body.Field(Name);

    /// <inheritdoc/>
    protected override JsonObject Values() => values();
}
