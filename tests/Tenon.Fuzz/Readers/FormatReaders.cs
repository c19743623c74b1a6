using System.Text;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Fuzz.Readers;

/// <summary>Formats for generated text, which users of a server can choose: JSON schemas and regular expressions.</summary>
internal static class FormatReaders
{
    private const int MostTokens = 20;

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        // The folder is opened once; what is made for the tokenizer is shared.
        var tokenizer = new Lazy<ITokenizer>(() => workplace.Host.OpenTokenizer(ModelReaders.Hub("gpt2-value-head")));
        yield return new Reader("json-schema", InputFormat.Json, [typeof(OptionsException), typeof(ModelException)],
            () => [.. _schemas.Select((text, index) => new Seed($"schema-{index}", Encoding.UTF8.GetBytes(text)))],
            (_, content) => Use(OutputFormats.JsonSchema(Encoding.UTF8.GetString(content), tokenizer.Value), tokenizer.Value))
        {
            Words =
            [
                "type", "object", "array", "string", "integer", "number", "boolean", "null", "properties", "required",
                "additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
                "exclusiveMinimum", "exclusiveMaximum", "enum", "const", "anyOf", "$ref", "#", "#/$defs/a", "#/properties/a", "$defs",
                "definitions", "oneOf", "not", "format", "a{1000}", "(a|b)*", "^a$",
            ],
        };
        yield return new Reader("regex", InputFormat.Text, [typeof(OptionsException), typeof(ModelException)],
            () => [.. _patterns.Select((text, index) => new Seed($"pattern-{index}", Encoding.UTF8.GetBytes(text)))],
            (_, content) => Use(OutputFormats.Regex(Encoding.UTF8.GetString(content), tokenizer.Value), tokenizer.Value))
        {
            Words =
            [
                "(", ")", "[", "]", "[^", "{", "}", "{2,}", "{0,1000}", "{1000000}", "*", "+", "?", "*?", "|", ".", "\\d", "\\w", "\\s",
                "\\S", "\\b", "\\1", "\\p{L}", "\\x41", "\\u0041", "\\", "^", "$", "(?:", "(?=", "(?i)", "(?<n>", "(a*)*",
                "((a{100}){100}){100}", "[a-z]", "[z-a]", "[]", "[\\]", "-", "é",
            ],
        };
    }

    private static readonly string[] _schemas =
    [
        """
        {
          "type": "object", "required": ["name"],
          "properties": { "name": { "type": "string", "maxLength": 5 }, "age": { "type": "integer", "minimum": 0, "maximum": 120 } }
        }
        """,
        """{"type": "array", "items": {"anyOf": [{"const": 1}, {"enum": ["a", "b", null]}]}, "minItems": 1, "maxItems": 3}""",
        """
        {
          "$ref": "#/$defs/tree",
          "$defs": {
            "tree": {
              "type": "object", "additionalProperties": false,
              "properties": { "left": { "$ref": "#/$defs/tree" }, "value": { "type": "number" } }
            }
          }
        }
        """,
        """{"type": "string", "pattern": "^[a-c]{2,4}$"}""",
        "true",
    ];

    private static readonly string[] _patterns =
        ["(yes|no|maybe)", "[a-f0-9]{8}(-[a-f0-9]{4}){3}", "\\d+(\\.\\d{1,2})?", "(a|(b|c)*d?)+", "[^\\n]*", "é+😀?"];

    // Follows the first tokens that are allowed, as a model would.
    private static void Use(ITokenFormat format, ITokenizer tokenizer)
    {
        ITokenFormatState state = format.Start();
        bool[] allowed = new bool[tokenizer.VocabularySize];
        for (int step = 0; step < MostTokens && !state.IsComplete; step++)
        {
            Array.Clear(allowed);
            state.Allow(allowed);
            int next = Array.IndexOf(allowed, true);
            if (next < 0)
            {
                if (!state.MayEnd)
                    throw new InvalidOperationException("No token may come next, and the text may not end.");
                return;
            }

            state.Add(next);
        }
    }
}
