namespace Tenon.Host.Inference.Formats;

/// <summary>The keywords of JSON Schema (draft 2020-12) that formats support.</summary>
internal static class SchemaKeywords
{
    /// <summary>The types of values.</summary>
    public static IReadOnlyList<string> Types { get; } = ["object", "array", "string", "integer", "number", "boolean", "null"];

    /// <summary>Keywords that say nothing about values.</summary>
    public static IReadOnlyList<string> Annotations { get; } =
    [
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly",
        "writeOnly",
    ];

    /// <summary>Keywords that stand alone, apart from annotations and, for values, the type.</summary>
    public static IReadOnlyList<string> Alone { get; } = ["$ref", "anyOf", "enum", "const"];

    /// <summary>The types to which other keywords apply.</summary>
    public static IReadOnlyDictionary<string, string[]> Applies { get; } = new Dictionary<string, string[]>
    {
        ["properties"] = ["object"],
        ["required"] = ["object"],
        ["additionalProperties"] = ["object"],
        ["items"] = ["array"],
        ["minItems"] = ["array"],
        ["maxItems"] = ["array"],
        ["minLength"] = ["string"],
        ["maxLength"] = ["string"],
        ["pattern"] = ["string"],
        ["minimum"] = ["integer"],
        ["maximum"] = ["integer"],
        ["exclusiveMinimum"] = ["integer"],
        ["exclusiveMaximum"] = ["integer"],
    };

    /// <summary>All keywords but annotations.</summary>
    public static IReadOnlyList<string> All { get; } = ["type", .. Alone, .. Applies.Keys];
}
