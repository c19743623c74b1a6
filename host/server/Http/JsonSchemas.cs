using System.Text.Json.Nodes;

namespace Tenon.Server.Http;

/// <summary>Makes JSON Schemas (draft 2020-12) for the description of the server. Each call returns a new one.</summary>
internal static class JsonSchemas
{
    /// <summary>A text.</summary>
    public static JsonObject Text() => new() { ["type"] = "string" };

    /// <summary>A number.</summary>
    public static JsonObject Number() => new() { ["type"] = "number" };

    /// <summary>An integer.</summary>
    public static JsonObject Integer() => new() { ["type"] = "integer" };

    /// <summary>One of several texts.</summary>
    public static JsonObject OneOf(params IEnumerable<string> texts) =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. texts.Select(text => (JsonNode)text)]) };

    /// <summary>A list.</summary>
    public static JsonObject List(JsonObject item) => new() { ["type"] = "array", ["items"] = item };

    /// <summary>A value of one of several schemas.</summary>
    public static JsonObject AnyOf(params IEnumerable<JsonObject> schemas) => new() { ["anyOf"] = new JsonArray([.. schemas]) };

    /// <summary>A value, or null.</summary>
    public static JsonObject Nullable(JsonObject schema) => AnyOf(schema, new JsonObject { ["type"] = "null" });

    /// <summary>Any object.</summary>
    public static JsonObject Map(JsonObject? value = null)
    {
        var map = new JsonObject { ["type"] = "object" };
        if (value is not null)
            map["additionalProperties"] = value;
        return map;
    }

    /// <summary>An object with members, all of which it has.</summary>
    public static JsonObject Object(params IReadOnlyList<(string Name, JsonObject Value)> members) =>
        Object(members, [.. members.Select(member => member.Name)]);

    /// <summary>An object with members.</summary>
    /// <param name="members">Names and schemas.</param>
    /// <param name="required">The names of the members that it always has.</param>
    public static JsonObject Object(IEnumerable<(string Name, JsonObject Value)> members, IReadOnlyCollection<string> required)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Value))),
        };
        if (required.Count > 0)
            schema["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        return schema;
    }
}
