using System.Globalization;
using System.Text;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Formats;

/// <summary>
/// Reads regular expressions in the syntax that .NET, ECMAScript and Python share, as far as they describe regular languages: the whole
/// text must match. Everything else is refused by name.
/// </summary>
internal sealed class PatternParser
{
    private const int MostRepetitions = 10_000;
    private const int DeepestGroup = 100;

    private readonly string _pattern;
    private readonly int[] _characters;
    private readonly Func<CharacterSet, Expression> _character;
    private readonly Expression? _around;
    private int _at;

    private PatternParser(string pattern, Func<CharacterSet, Expression> character, Expression? around)
    {
        (_pattern, _character, _around) = (pattern, character, around);
        _characters = [.. pattern.EnumerateRunes().Select(rune => rune.Value)];
    }

    private int? Current => _at < _characters.Length ? _characters[_at] : null;

    /// <summary>Reads a regular expression.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="character">The texts for one character of a set; null for the character itself.</param>
    /// <param name="around">
    /// What may precede and follow a match where the expression has no anchor; null if the whole text must match anyway.
    /// </param>
    /// <exception cref="OptionsException">It is malformed, or not regular.</exception>
    public static Expression Parse(string pattern, Func<CharacterSet, Expression>? character = null, Expression? around = null)
    {
        var parser = new PatternParser(pattern, character ?? (set => new Characters(set)), around);
        Expression whole = parser.Alternatives(depth: 0);
        return parser._at == parser._characters.Length ? whole : throw parser.Error("has a ')' without a '('");
    }

    // Anchors mean something only at the ends of the alternatives of the whole expression.
    private Expression Alternatives(int depth)
    {
        var alternatives = new List<Expression>();
        do
        {
            var items = new List<Expression>();
            bool begins = depth == 0 && Take('^');
            bool ends = false;
            while (Current is { } next && next != '|' && next != ')')
            {
                if (ends || next == '^')
                    throw Error($"has the anchor '{(ends ? '$' : '^')}' inside it; supported: '^' at its beginning and '$' at its end");
                if (next == '$' && depth > 0)
                    throw Error("has the anchor '$' in a group; supported: '^' at its beginning and '$' at its end");
                if (Take('$'))
                    ends = true;
                else
                    items.Add(Repeated(Atom(depth)));
            }

            if (depth == 0 && _around is not null)
                items = [.. begins ? [] : new[] { _around }, .. items, .. ends ? [] : new[] { _around }];
            alternatives.Add(items.Count == 1 ? items[0] : new Sequence(items));
        }
        while (Take('|'));
        return alternatives.Count == 1 ? alternatives[0] : new Choice(alternatives);
    }

    private Expression Repeated(Expression atom)
    {
        int start = _at;
        (int Minimum, int? Maximum)? times = Take('*') ? (0, null) : Take('+') ? (1, null) : Take('?') ? (0, 1) : Counted();
        if (times is not (var minimum, var maximum))
            return atom;
        if (Take('+'))
            throw Error("has a possessive quantifier, which is not supported. Remove the second '+'");
        Take('?'); // a lazy quantifier allows the same texts
        if (Current is '*' or '+' or '?')
            throw Error("has two quantifiers in a row");
        if (minimum > maximum || Math.Max(minimum, maximum ?? 0) > MostRepetitions)
        {
            string found = Shown(start, _at);
            throw Error($"has the quantifier '{found}'; allowed: {{n,m}} with n up to m, and m up to {MostRepetitions:N0}");
        }

        return new Repeat(atom, minimum, maximum);
    }

    // {n}, {n,} or {n,m}; other braces are characters.
    private (int Minimum, int? Maximum)? Counted()
    {
        int start = _at;
        if (Take('{') && Number() is { } minimum)
        {
            if (Take('}'))
                return (minimum, minimum);
            if (Take(','))
            {
                int? maximum = Number();
                if (Take('}'))
                    return (minimum, maximum);
            }
        }

        _at = start;
        return null;
    }

    private int? Number()
    {
        int start = _at;
        while (Current is >= '0' and <= '9')
            _at++;
        return _at == start ? null
            : int.TryParse(Shown(start, _at), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;
    }

    private Expression Atom(int depth)
    {
        int character = _characters[_at++];
        switch (character)
        {
            case '(':
                return Group(depth);
            case '[':
                return Of(Class());
            case '.':
                return Of(PatternSets.AnyInLine);
            case '\\':
                return Of(Escape(inClass: false));
            case '*' or '+' or '?':
                throw Error($"has the quantifier '{(char)character}' with nothing before it");
            default:
                return Of(CharacterSet.Of([(character, character)]));
        }
    }

    private Expression Group(int depth)
    {
        if (depth == DeepestGroup)
            throw Error($"has more than {DeepestGroup} nested groups");
        if (Take('?'))
        {
            if (Take(':'))
            {
                // Not captured, like all groups here.
            }
            else if (Current == '=' || Current == '!' || (Current == '<' && Peek(1) is '=' or '!'))
            {
                throw Error("looks ahead or behind, which is not supported");
            }
            else if (Take('<') || Take('\'') || (Take('P') && Take('<')))
            {
                while (Current is { } letter && letter is not ('>' or '\''))
                    _at++;
                _at++;
            }
            else
            {
                throw Error(Current == '>' ? "has an atomic group, which is not supported"
                    : "has a group with options or a condition, which is not supported");
            }
        }

        Expression inner = Alternatives(depth + 1);
        return Take(')') ? inner : throw Error("has a '(' without a ')'");
    }

    private CharacterSet Class()
    {
        bool isNegated = Take('^');
        if (Current == ']')
            throw Error("has an empty class. Write \\] for a bracket");
        var set = CharacterSet.Of("");
        while (!Take(']'))
        {
            if (Current == '-' && Peek(1) == '[')
                throw Error("subtracts a class, which is not supported");
            CharacterSet first = ClassItem();
            if (Current != '-' || Peek(1) is null or ']')
            {
                set = set.Union(first);
                continue;
            }

            _at++;
            CharacterSet last = ClassItem();
            if (first.Ranges is not [var (from, end)] || last.Ranges is not [var (to, stop)] || from != end || to != stop || from > to)
                throw Error("has a range that is not one of two characters in order");
            set = set.Union(CharacterSet.Of([(from, to)]));
        }

        return isNegated ? set.Complement() : set;
    }

    private CharacterSet ClassItem()
    {
        int character = Current ?? throw Error("has a '[' without a ']'");
        _at++;
        return character == '\\' ? Escape(inClass: true) : CharacterSet.Of([(character, character)]);
    }

    private CharacterSet Escape(bool inClass)
    {
        int letter = Current ?? throw Error("ends with a '\\'");
        _at++;
        if (PatternSets.Escape(letter) is { } known)
            return known;
        if (letter == 'b' && inClass)
            return CharacterSet.Of("\b");
        return letter switch
        {
            'x' => Hexadecimal(2),
            'u' => Hexadecimal(4),
            'p' or 'P' => throw Error("has a Unicode category (\\p), which is not supported. List the characters"),
            'b' or 'B' => throw Error("has a word boundary (\\b), which is not supported"),
            'A' or 'Z' or 'z' or 'G' =>
                throw Error($"has the anchor '\\{(char)letter}', which is not supported. The whole text must match"),
            'k' or (>= '1' and <= '9') => throw Error("has a back-reference, which is not supported"),
            (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') =>
                throw Error($"has the escape '\\{(char)letter}', which is not supported"),
            _ => CharacterSet.Of([(letter, letter)]),
        };
    }

    private CharacterSet Hexadecimal(int digits)
    {
        int start = _at;
        bool isBraced = digits == 4 && Take('{');
        int from = _at;
        while (Current is { } digit && (isBraced ? digit != '}' : _at < from + digits))
            _at++;
        bool isNumber = int.TryParse(Shown(from, _at), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            && (isBraced || _at == from + digits);
        if (isBraced && !Take('}') || !isNumber || !Rune.IsValid(value))
            throw Error($"has the escape '\\{(digits == 4 ? 'u' : 'x')}{Shown(start, _at)}', which is not a character");
        return CharacterSet.Of([(value, value)]);
    }

    private Expression Of(CharacterSet set) => set.IsEmpty ? throw Error("has a class without a character") : _character(set);

    private int? Peek(int ahead) => _at + ahead < _characters.Length ? _characters[_at + ahead] : null;

    private bool Take(char character)
    {
        if (Current != character)
            return false;
        _at++;
        return true;
    }

    private string Shown(int from, int to) => string.Concat(_characters[from..to].Select(each => new Rune(each).ToString()));

    private OptionsException Error(string problem) =>
        new($"The regular expression '{_pattern}' {problem}; found at character {Math.Min(_at, _characters.Length)}.");
}
