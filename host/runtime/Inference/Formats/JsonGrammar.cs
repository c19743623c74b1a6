using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tenon.Host.Inference.Formats;

/// <summary>
/// The texts of JSON values (RFC 8259), limited so that a text cannot grow without content: at most one space or one indented new line
/// between tokens, and at most <see cref="Digits"/> digits before and after the decimal point.
/// </summary>
internal static class JsonGrammar
{
    /// <summary>Maximum number of digits before the decimal point, and after it.</summary>
    public const int Digits = 16;

    private const string Digit = "[0-9A-Fa-f]"; // hexadecimal
    private const string Hexadecimal = $"[0-9A-CEFa-cef]{Digit}{Digit}{Digit}";
    private const int ExponentDigits = 3;
    private const int Indentation = 20;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly CharacterSet Controls = CharacterSet.Of([(0, 0x1F)]);
    private static readonly CharacterSet Unescaped = CharacterSet.Of("\"\\").Union(Controls).Complement();
    private static readonly Expression Quote = Expression.Text("\"");

    // Escapes of two surrogates are one character; single surrogates are not text.
    private static readonly Expression Character = new Choice(
    [
        new Characters(Unescaped),
        PatternParser.Parse(
            $"""\\(["\\/bfnrt]|u({Hexadecimal}|[Dd][0-7]{Digit}{Digit}|[Dd][89ABab]{Digit}{Digit}\\u[Dd][C-Fc-f]{Digit}{Digit}))"""),
    ]);

    private static readonly Expression Space =
        PatternParser.Parse($$"""( |\n {0,{{Indentation}}})?""");

    private static readonly Rule AnyRule = new("a JSON value");

    static JsonGrammar()
    {
        AnyRule.Body = new Choice([String(0, null), Number, Boolean, Null, Map(Any), Array(Any, 0, null)]);
    }

    /// <summary>Any value. Its objects and lists are nested at most <see cref="Automaton.Depth"/> deep.</summary>
    public static Expression Any { get; } = new Call(AnyRule);

    /// <summary>A number, with fraction and exponent.</summary>
    public static Expression Number { get; } = PatternParser.Parse(
        $$"""-?(0|[1-9][0-9]{0,{{Digits - 1}}})(\.[0-9]{1,{{Digits}}})?([eE][+-]?[0-9]{1,{{ExponentDigits}}})?""");

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static Expression Boolean { get; } = PatternParser.Parse("true|false");

    /// <summary><c>null</c>.</summary>
    public static Expression Null { get; } = Expression.Text("null");

    /// <summary>A string.</summary>
    /// <param name="minimum">Number of characters, at least.</param>
    /// <param name="maximum">Number of characters, at most; null for any number.</param>
    public static Expression String(int minimum, int? maximum) => new Sequence([Quote, new Repeat(Character, minimum, maximum), Quote]);

    /// <summary>A string in which a regular expression has a match.</summary>
    /// <param name="pattern">The expression; anchors stand for the ends of the string.</param>
    /// <exception cref="Plugins.Loading.OptionsException">The expression is malformed, or not regular.</exception>
    public static Expression Matching(string pattern) => new Sequence(
        [Quote, PatternParser.Parse(pattern, InString, new Repeat(Character, 0, null)), Quote]);

    /// <summary>An integer between two numbers.</summary>
    /// <param name="minimum">The smallest; null for the smallest with <see cref="Digits"/> digits.</param>
    /// <param name="maximum">The largest; null for the largest with <see cref="Digits"/> digits.</param>
    /// <returns>Null if the range contains no integer.</returns>
    public static Expression? Integer(BigInteger? minimum, BigInteger? maximum)
    {
        BigInteger limit = BigInteger.Pow(10, Digits) - 1;
        (BigInteger first, BigInteger last) = (minimum ?? -limit, maximum ?? limit);
        var parts = new List<Expression>();
        if (first <= last && first < 0)
            parts.Add(new Sequence([Expression.Text("-"), IntegerRange.Of(BigInteger.Max(1, -last), -first)]));
        if (first <= last && last >= 0)
            parts.Add(IntegerRange.Of(BigInteger.Max(0, first), last));
        return parts.Count == 0 ? null : new Choice(parts);
    }

    /// <summary>One value, without space between its tokens.</summary>
    public static Expression Literal(JsonElement value) => Expression.Text(JsonSerializer.Serialize(value, Compact));

    /// <summary>A list.</summary>
    /// <param name="item">Its items.</param>
    /// <param name="minimum">Number of items, at least.</param>
    /// <param name="maximum">Number of items, at most; null for any number.</param>
    public static Expression Array(Expression item, int minimum, int? maximum) => new Sequence(
        [Expression.Text("["), Listed(item, minimum, maximum), Space, Expression.Text("]")]);

    /// <summary>An object with any names.</summary>
    /// <param name="value">The value of each member.</param>
    public static Expression Map(Expression value) => new Sequence(
        [Expression.Text("{"), Listed(Member(String(0, null), value), 0, null), Space, Expression.Text("}")]);

    /// <summary>An object with certain members in order.</summary>
    /// <param name="members">Name, value, and whether the member must be there.</param>
    public static Expression Object(IReadOnlyList<(string Name, Expression Value, bool IsRequired)> members)
    {
        // From the last member to the first: 'rest' are the members after those before, 'whole' the first ones.
        (Expression rest, Expression whole) = (Expression.Empty, Expression.Empty);
        foreach ((string name, Expression value, bool isRequired) in members.Reverse())
        {
            Expression key = Expression.Text(JsonSerializer.Serialize(name, Compact));
            Expression member = new Sequence([Space, Member(key, value)]);
            Expression first = new Sequence([member, rest]), later = new Sequence([Expression.Text(","), member, rest]);
            whole = isRequired ? first : new Choice([first, whole]);
            rest = isRequired ? later : new Choice([later, rest]);
        }

        return new Sequence([Expression.Text("{"), whole, Space, Expression.Text("}")]);
    }

    private static Sequence Member(Expression key, Expression value) => new Sequence([key, Expression.Text(":"), Space, value]);

    private static Expression Listed(Expression item, int minimum, int? maximum)
    {
        if (maximum == 0)
            return Expression.Empty;
        var spaced = new Sequence([Space, item]);
        Expression items = new Sequence(
            [spaced, new Repeat(new Sequence([Expression.Text(","), spaced]), Math.Max(0, minimum - 1), maximum - 1)]);
        return minimum == 0 ? Expression.Optional(items) : items;
    }

    // One character of a set as a string spells it.
    private static Choice InString(CharacterSet set)
    {
        var spellings = new List<Expression>();
        CharacterSet plain = set.Except(Unescaped.Complement());
        if (!plain.IsEmpty)
            spellings.Add(new Characters(plain));
        IEnumerable<int> escaped = Unescaped.Complement().Ranges
            .SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1));
        spellings.AddRange(escaped.Where(set.Contains).Select(character => Expression.Text(Escape((char)character))));
        return new Choice(spellings);
    }

    private static string Escape(char character) => character switch
    {
        '"' or '\\' => $"\\{character}",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
    };
}
