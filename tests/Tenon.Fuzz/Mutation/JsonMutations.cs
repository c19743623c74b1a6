using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Fuzz.Mutation;

/// <summary>Changes the values of JSON documents, which mostly stay well-formed.</summary>
/// <param name="pool">Documents whose parts are spliced into others.</param>
/// <param name="words">Keys and values of the format.</param>
internal sealed class JsonMutations(IReadOnlyList<byte[]> pool, IReadOnlyList<string> words)
{
    private const string Marker = "\"@raw@\"";
    private const int MostCopies = 50;
    private static readonly JsonDocumentOptions _lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions _writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] _values =
    [
        "null", "true", "false", "0", "-0", "1", "-1", "2", "3", "7", "0.5", "-0.5", "1e-300", "1e308", "1e999", "-1e999", "255", "256",
        "65536", "1000000", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "18446744073709551616", "1.0", "1e2", "\"\"", "\" \"", "\"0\"", "\"1\"", "\"-1\"", "\"NaN\"",
        "\"Infinity\"", "\"true\"", "\"null\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u001b[31m\"", "\"/\"",
        "\"..\"", "\"../..\"", "\"a/b\"", "\"\\\\\"", "\"😀\"", "[]", "{}", "[null]", "[[]]", "[{}]", "{\"\":null}", "[1]", "[\"\"]",
        "{\"a\":{\"a\":{}}}",
    ];

    /// <summary>Returns a changed copy; null if the input is not JSON.</summary>
    public byte[]? Mutate(byte[] input, SeededRandom random)
    {
        if (Parse(input) is not { } root)
            return null;
        try
        {
            var document = new JsonObject { [""] = root };
            List<Place> places = [];
            Collect(document, places);
            Place place = places[(int)random.Next(places.Count)];
            string raw = Change(place, places, random) ?? Marker;
            return Encoding.UTF8.GetBytes(document[""]?.ToJsonString(_writing).Replace(Marker, raw, StringComparison.Ordinal) ?? raw);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or JsonException)
        {
            // Duplicate keys and strings that are not valid text cannot be represented.
            return null;
        }
    }

    // Returns JSON that replaces the markers, or null.
    private string? Change(Place place, List<Place> places, SeededRandom random)
    {
        switch (random.Next(11))
        {
            case 0 or 1 or 2:
                place.Value = JsonNode.Parse(Marker);
                return _values[random.Next(_values.Length)];
            case 3:
                place.Remove();
                return null;
            case 4:
                place.Value = Word(random);
                return null;
            case 5:
                place.Rename(random.Next(2) == 0 ? Word(random) : places[(int)random.Next(places.Count)].Name);
                return null;
            case 6:
                place.Value = places[(int)random.Next(places.Count)].Value?.DeepClone();
                return null;
            case 7:
                place.Value = random.Next(2) == 0 ? new JsonArray(
                    place.Value?.DeepClone()) : new JsonObject { [Word(random)] = place.Value?.DeepClone() };
                return null;
            case 8:
                place.Value = Number(place.Value, random);
                return null;
            case 9:
                return Grow(place, random);
            default:
                if (Parse(pool[(int)random.Next(pool.Count)]) is { } other)
                {
                    List<Place> others = [];
                    Collect(new JsonObject { [""] = other }, others);
                    place.Value = others[(int)random.Next(others.Count)].Value?.DeepClone();
                }

                return null;
        }
    }

    // A new member, many copies of an item, or deep nesting.
    private string? Grow(Place place, SeededRandom random)
    {
        if (random.Next(4) == 0)
        {
            place.Value = JsonNode.Parse(Marker);
            int depth = 1 << (int)random.Next(11);
            return random.Next(2) == 0
                ? new string('[', depth) + new string(']', depth)
                : $"{string.Concat(Enumerable.Repeat("{\"a\":", depth))}1{new string('}', depth)}";
        }

        string? value = null;
        if (place.Value is JsonObject members)
        {
            members[Word(random)] = JsonNode.Parse(Marker);
            value = _values[random.Next(_values.Length)];
        }
        else if (place.Value is JsonArray { Count: > 0 } items)
        {
            JsonNode? item = items[(int)random.Next(items.Count)];
            for (long copies = random.Next(MostCopies); copies >= 0; copies--)
                items.Add(item?.DeepClone());
        }
        else
        {
            place.Value = new string('a', 1 << (int)random.Next(13));
        }

        return value;
    }

    private static JsonNode? Number(JsonNode? value, SeededRandom random)
    {
        if (value is not JsonValue number || !number.TryGetValue(out double old))
            return value is JsonValue text && text.TryGetValue(out string? written) ? written.Length : value?.DeepClone();
        double changed = random.Next(6) switch
        {
            0 => old + 1,
            1 => old - 1,
            2 => -old,
            3 => old * 2,
            4 => old * 1000,
            _ => old / 2,
        };
        return double.IsFinite(changed) ? JsonNode.Parse(JsonSerializer.Serialize(changed)) : value.DeepClone();
    }

    private string Word(SeededRandom random) => words.Count > 0 ? words[(int)random.Next(words.Count)] : "a";

    private static JsonNode? Parse(byte[] input)
    {
        try
        {
            return JsonNode.Parse(input, documentOptions: _lenient);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Collect(JsonNode parent, List<Place> places)
    {
        if (parent is JsonObject members)
        {
            foreach ((string name, JsonNode? value) in members)
            {
                places.Add(new Place(members, name, -1));
                if (value is not (null or JsonValue))
                    Collect(value, places);
            }
        }
        else if (parent is JsonArray items)
        {
            for (int i = 0; i < items.Count; i++)
            {
                places.Add(new Place(items, "", i));
                if (items[i] is { } item and not JsonValue)
                    Collect(item, places);
            }
        }
    }

    // A value in its object or list.
    private sealed record Place(JsonNode Parent, string Name, int Index)
    {
        public JsonNode? Value
        {
            get => Parent is JsonObject members ? members[Name] : ((JsonArray)Parent)[Index];
            set
            {
                if (Parent is JsonObject members)
                    members[Name] = value;
                else
                    ((JsonArray)Parent)[Index] = value;
            }
        }

        public void Remove()
        {
            if (Parent is JsonArray items)
                items.RemoveAt(Index);
            else if (Name.Length > 0)
                ((JsonObject)Parent).Remove(Name);
        }

        public void Rename(string name)
        {
            if (Parent is not JsonObject members || Name.Length == 0)
                return;
            JsonNode? value = members[Name]?.DeepClone();
            members.Remove(Name);
            members[name] = value;
        }
    }
}
