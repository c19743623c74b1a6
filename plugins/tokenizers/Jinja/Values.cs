using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.Jinja;

/// <summary>
/// Values of a template: null (none), <see cref="Undefined"/>, bool, long, double, string, <see cref="Sequence"/>,
/// <see cref="Mapping"/>, <see cref="Namespace"/> and <see cref="Function"/>, with Python's truth, equality, order and spelling.
/// </summary>
internal static class Values
{
    /// <summary>The value of a JSON node.</summary>
    public static object? Of(JsonNode? node) => node switch
    {
        null => null,
        JsonObject entries => new Mapping(entries.Select(entry => KeyValuePair.Create<object, object?>(entry.Key, Of(entry.Value)))),
        JsonArray items => new Sequence(items.Select(Of)),
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        JsonValue value when value.TryGetValue(out long whole) => whole,
        JsonValue value when value.TryGetValue(out int whole) => (long)whole,
        JsonValue value => value.GetValue<double>(),
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    /// <summary>The truth value of a value, as in Python.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long whole => whole != 0,
        double number => number != 0,
        string text => text.Length > 0,
        Sequence sequence => sequence.Items.Count > 0,
        Mapping mapping => mapping.Count > 0,
        _ => true,
    };

    /// <summary>The type's name in Python, for messages.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "none",
        Undefined undefined => $"undefined ('{undefined.Name}')",
        bool => "a boolean",
        long => "an integer",
        double => "a float",
        string => "a string",
        Sequence { IsTuple: true } => "a tuple",
        Sequence => "a list",
        Mapping => "a mapping",
        Namespace => "a namespace",
        _ => "a function",
    };

    /// <summary>Whether two values are equal; numbers and booleans compare by value.</summary>
    public static bool AreEqual(object? left, object? right)
    {
        CheckDepth();
        return (left, right) switch
        {
            (null, null) or (Undefined, Undefined) => true,
            (string a, string b) => a == b,
            (Sequence a, Sequence b) =>
                a.IsTuple == b.IsTuple && a.Items.Count == b.Items.Count
                && a.Items.Zip(b.Items).All(pair => AreEqual(pair.First, pair.Second)),
            (Mapping a, Mapping b) =>
                a.Count == b.Count && a.Entries.All(entry => b.TryGet(entry.Key, out object? other) && AreEqual(entry.Value, other)),
            _ when IsNumber(left) && IsNumber(right) =>
                left is double || right is double ? Number(left) == Number(right) : Integer(left) == Integer(right),
            _ => ReferenceEquals(left, right),
        };
    }

    /// <summary>Compares two numbers, strings or sequences; null if they cannot be compared.</summary>
    public static int? Compare(object? left, object? right)
    {
        CheckDepth();
        switch (left, right)
        {
            case (string a, string b):
                return CompareCodePoints(a, b);
            case (Sequence a, Sequence b):
                foreach ((object? x, object? y) in a.Items.Zip(b.Items))
                {
                    if (!AreEqual(x, y))
                        return Compare(x, y);
                }

                return a.Items.Count.CompareTo(b.Items.Count);
            default:
                return !IsNumber(left) || !IsNumber(right) ? null
                    : left is double || right is double ? Number(left).CompareTo(Number(right)) : Integer(left).CompareTo(Integer(right));
        }
    }

    /// <summary>Whether a value is an integer, a float or a boolean.</summary>
    public static bool IsNumber(object? value) => value is long or double or bool;

    /// <summary>A number as a float.</summary>
    public static double Number(object? value) => value is double number ? number : Integer(value);

    /// <summary>An integer or boolean as an integer.</summary>
    public static long Integer(object? value) => value is bool flag ? flag ? 1 : 0 : (long)value!;

    /// <summary>The items of an iterable: the items of a list, the keys of a mapping, or the characters of a string; null if the
    /// value is not iterable.</summary>
    public static IReadOnlyList<object?>? ItemsOf(object? value) => value switch
    {
        Undefined => [],
        Sequence sequence => sequence.Items,
        Mapping mapping => [.. mapping.Entries.Select(entry => entry.Key)],
        string text => [.. text.EnumerateRunes().Select(rune => rune.ToString())],
        _ => null,
    };

    /// <summary>Prints a value as Python's <c>str</c> does.</summary>
    public static string Print(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Represent(value),
    };

    /// <summary>Prints a value as Python's <c>repr</c> does, which is how values print inside a list.</summary>
    public static string Represent(object? value)
    {
        var text = new StringBuilder();
        Represent(value, text);
        return text.ToString();
    }

    /// <summary>Prints a float as Python does: the shortest digits that restore the value, always with a point or an exponent.</summary>
    public static string Print(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        string shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (int precision = 0; precision < 16; precision++)
        {
            string candidate = value.ToString($"E{precision}", CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) == value)
            {
                shortest = candidate;
                break;
            }
        }

        string[] parts = shortest.TrimStart('-').Split('E');
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        int power = int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string magnitude = power switch
        {
            < -4 or >= 16 => string.Create(CultureInfo.InvariantCulture, $"{parts[0]}e{(power < 0 ? '-' : '+')}{Math.Abs(power):00}"),
            < 0 => $"0.{new string('0', -power - 1)}{digits}",
            _ when digits.Length <= power + 1 => $"{digits.PadRight(power + 1, '0')}.0",
            _ => $"{digits[..(power + 1)]}.{digits[(power + 1)..]}",
        };
        return double.IsNegative(value) ? $"-{magnitude}" : magnitude;
    }

    /// <summary>Rejects nesting that would exhaust the stack.</summary>
    public static void CheckDepth()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException(0, "the template or its data is nested too deeply.");
    }

    private static int CompareCodePoints(string left, string right)
    {
        using StringRuneEnumerator a = left.EnumerateRunes(), b = right.EnumerateRunes();
        StringRuneEnumerator x = a, y = b;
        while (true)
        {
            bool more = x.MoveNext(), other = y.MoveNext();
            if (!more || !other)
                return more.CompareTo(other);
            if (x.Current != y.Current)
                return x.Current.Value.CompareTo(y.Current.Value);
        }
    }

    private static void Represent(object? value, StringBuilder text)
    {
        CheckDepth();
        switch (value)
        {
            case null:
                text.Append("None");
                break;
            case bool flag:
                text.Append(flag ? "True" : "False");
                break;
            case long whole:
                text.Append(whole.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                text.Append(Print(number));
                break;
            case string content:
                Quote(content, text);
                break;
            case Sequence sequence:
                text.Append(sequence.IsTuple ? '(' : '[');
                Join(sequence.Items, text, Represent);
                text.Append(sequence is { IsTuple: true, Items.Count: 1 } ? ",)" : sequence.IsTuple ? ")" : "]");
                break;
            case Mapping mapping:
                text.Append('{');
                Join(mapping.Entries, text, (entry, into) =>
                {
                    Represent(entry.Key, into);
                    into.Append(": ");
                    Represent(entry.Value, into);
                });
                text.Append('}');
                break;
            case Undefined:
                text.Append("Undefined");
                break;
            default:
                text.Append('<').Append(TypeName(value)).Append('>');
                break;
        }
    }

    private static void Join<T>(IEnumerable<T> items, StringBuilder text, Action<T, StringBuilder> append)
    {
        bool first = true;
        foreach (T item in items)
        {
            if (!first)
                text.Append(", ");
            first = false;
            append(item, text);
        }
    }

    private static void Quote(string content, StringBuilder text)
    {
        char quote = content.Contains('\'', StringComparison.Ordinal) && !content.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        foreach (char c in content)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when c == quote => text.Append('\\').Append(c),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }

        text.Append(quote);
    }
}
