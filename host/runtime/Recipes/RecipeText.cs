using System.Text;
using System.Text.Json;

namespace Tenon.Host.Recipes;

/// <summary>
/// The JSON of a recipe as flat configuration values, with the line of each key. Comments and trailing commas are allowed; if a key
/// is duplicated, the first one is kept, with a finding.
/// </summary>
internal sealed class RecipeText
{
    private readonly string _source;
    private readonly bool _hasLines;
    private readonly byte[] _json;
    private readonly int[] _lineStarts;
    private readonly List<RecipeFinding> _findings = [];

    private RecipeText(string source, bool hasLines, byte[] json)
    {
        _source = source;
        _hasLines = hasLines;
        _json = json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;
        _lineStarts = [0, .. Enumerable.Range(0, _json.Length).Where(i => _json[i] == '\n').Select(i => i + 1)];
    }

    /// <summary>Values as in the JSON source of Microsoft.Extensions.Configuration, with their locations.</summary>
    public RecipeValues Content { get; } = new();

    /// <summary>Whether the text is a complete JSON object.</summary>
    public bool IsWellFormed { get; private set; }

    /// <summary>Syntax errors and duplicate keys.</summary>
    public IReadOnlyList<RecipeFinding> Findings => _findings;

    /// <summary>Reads a text.</summary>
    /// <param name="source">Name of the source in findings.</param>
    /// <param name="hasLines">Whether its line numbers are meaningful to the user.</param>
    /// <param name="json">UTF-8.</param>
    public static RecipeText Read(string source, bool hasLines, byte[] json)
    {
        var text = new RecipeText(source, hasLines, json);
        var reader = new Utf8JsonReader(text._json,
            new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            reader.Read();
            bool isObject = reader.TokenType == JsonTokenType.StartObject;
            if (isObject)
                text.Object(ref reader, "");
            else
                text.Add("", 1, null, "A recipe must be a JSON object: { \"model\": { … }, … }.");
            reader.Read();
            text.IsWellFormed = isObject;
        }
        catch (JsonException error)
        {
            int line = (int)(error.LineNumber ?? 0) + 1;
            string what = error.Message.Split(" LineNumber:")[0];
            text._findings.Add(new RecipeFinding(source, hasLines
                ? line : null, "", null, null, null, $"The JSON is malformed at column {error.BytePositionInLine + 1}: {what}"));
        }

        return text;
    }

    private void Object(ref Utf8JsonReader reader, string path)
    {
        var keys = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            int line = Line(reader.TokenStartIndex);
            string key = Text(ref reader, path, line);
            string full = path.Length == 0 ? key : $"{path}:{key}";
            reader.Read();
            if (key.Length > 0 && keys.TryAdd(key, line))
            {
                Value(ref reader, full, line);
                continue;
            }

            Add(full, line, key, key.Length == 0 ? "A key is empty. Name it, or remove it."
                : $"is a duplicate; the first one is {(_hasLines ? $"in line {keys[key]}" : "above")}. Keys are case-insensitive. Keep one.");
            reader.Skip();
        }

        // As in the library, a section without keys still exists.
        if (keys.Count == 0 && path.Length > 0)
            Content.Values[path] = null;
    }

    private void Value(ref Utf8JsonReader reader, string path, int line)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Content.Locations[path] = LocationOf(line, JsonValueKind.Object);
                Object(ref reader, path);
                break;
            case JsonTokenType.StartArray:
                Content.Locations[path] = LocationOf(line, JsonValueKind.Array);
                int index = 0;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    Value(ref reader, $"{path}:{index++}", Line(reader.TokenStartIndex));
                if (index == 0)
                    Content.Values[path] = "";
                break;
            default:
                (JsonValueKind kind, string? value) = reader.TokenType switch
                {
                    JsonTokenType.String => (JsonValueKind.String, Text(ref reader, path, line)),
                    JsonTokenType.Number => (JsonValueKind.Number, Encoding.UTF8.GetString(reader.ValueSpan)),
                    JsonTokenType.True => (JsonValueKind.True, "True"),
                    JsonTokenType.False => (JsonValueKind.False, "False"),
                    _ => (JsonValueKind.Null, null),
                };
                Content.Locations[path] = LocationOf(line, kind);
                Content.Values[path] = value;
                break;
        }
    }

    // A string that is not valid text, or contains a character that neither paths nor other settings can have, becomes empty, with a
    // finding.
    private string Text(ref Utf8JsonReader reader, string path, int line)
    {
        string? fault = JsonText.Fault(ref reader);
        string text = fault is null ? reader.GetString()! : "";
        if (text.Contains('\0', StringComparison.Ordinal))
            fault = "contains the character NUL (\\u0000). Remove it.";
        if (fault is null)
            return text;
        Add(path, line, null, fault);
        return "";
    }

    private void Add(string key, int line, string? found, string message) =>
        _findings.Add(new RecipeFinding(_source, _hasLines ? line : null, key, found, null, null, message));

    private TextLocation LocationOf(int line, JsonValueKind kind) => new(_source, _hasLines ? line : null, kind);

    private int Line(long position)
    {
        int at = Array.BinarySearch(_lineStarts, (int)position);
        return at >= 0 ? at + 1 : ~at;
    }
}
