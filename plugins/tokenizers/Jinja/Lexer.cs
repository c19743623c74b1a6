using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>
/// Splits a template into tokens, with <c>trim_blocks</c> and <c>lstrip_blocks</c> on as in Hugging Face's chat templates: a
/// block or comment tag removes the whitespace before it on its line and the newline after it; <c>-</c> in a tag removes all
/// whitespace on that side and <c>+</c> keeps it (Jinja documentation, "Whitespace Control").
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] Operators =
        ["**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":",
            "|", ",", ";"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;

    private Lexer(string source) => _source = source;

    /// <summary>Splits a template.</summary>
    /// <exception cref="TemplateException">A tag, comment or string is not closed, or a character is not allowed.</exception>
    public static IReadOnlyList<Token> Split(string template)
    {
        string source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        bool atLineStart = true; // whether the next text begins a line
        while (_position < _source.Length)
        {
            int tag = NextTag();
            string text = _source[_position..tag];
            if (tag == _source.Length)
            {
                AddText(text);
                break;
            }

            char kind = _source[tag + 1];
            char control = tag + 2 < _source.Length ? _source[tag + 2] : '\0';
            if (control == '-')
                text = text.TrimEnd();
            else if (kind != '{' && control != '+')
                text = WithoutIndentation(text, atLineStart);
            AddText(text, _source.AsSpan(_position, tag - _position));
            _position = tag + 2 + (control is '-' or '+' ? 1 : 0);
            atLineStart = kind switch
            {
                '#' => Comment(),
                '%' when EntersRaw() => Raw(),
                '%' => Tag(TokenKind.BlockStart, TokenKind.BlockEnd, "%}"),
                _ => Tag(TokenKind.ExpressionStart, TokenKind.ExpressionEnd, "}}"),
            };
        }

        _tokens.Add(new Token(TokenKind.End, "", _line));
    }

    private int NextTag()
    {
        for (int at = _source.IndexOf('{', _position); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
        {
            if (_source[at + 1] is '{' or '%' or '#')
                return at;
        }

        return _source.Length;
    }

    private static string WithoutIndentation(string text, bool atLineStart)
    {
        int start = text.LastIndexOf('\n') + 1;
        return (start > 0 || atLineStart) && text.AsSpan(start).Trim(" \t\f\v").IsEmpty ? text[..start] : text;
    }

    private void AddText(string text, ReadOnlySpan<char> consumed)
    {
        if (text.Length > 0)
            _tokens.Add(new Token(TokenKind.Text, text, _line));
        _line += consumed.Count('\n');
    }

    private void AddText(string text) => AddText(text, text);

    private bool Comment()
    {
        int end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
            throw new TemplateException(_line, "the comment '{#' is not closed. Add '#}'.");
        _line += _source.AsSpan(_position, end - _position).Count('\n');
        char control = end > _position ? _source[end - 1] : '\0';
        _position = end + 2;
        return AfterTag(control, trims: true);
    }

    // Removes the whitespace after a tag and returns whether the next text begins a line.
    private bool AfterTag(char control, bool trims)
    {
        int start = _position;
        if (control == '-')
        {
            while (_position < _source.Length && char.IsWhiteSpace(_source[_position]))
                _position++;
        }
        else if (trims && control != '+' && _position < _source.Length && _source[_position] == '\n')
        {
            _position++;
        }

        _line += _source.AsSpan(start, _position - start).Count('\n');
        return _position > start && _source[_position - 1] == '\n';
    }

    // Moves past the tag if it is "{% raw %}".
    private bool EntersRaw()
    {
        int at = SkipSpaces(_position);
        if (!_source.AsSpan(at).StartsWith("raw"))
            return false;
        at = SkipSpaces(at + 3);
        char control = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
        if (!_source.AsSpan(at).StartsWith("%}"))
            return false;
        _line += _source.AsSpan(_position, at - _position).Count('\n');
        _position = at + 2;
        AfterTag(control, trims: false);
        return true;
    }

    private bool Raw()
    {
        for (int tag = _source.IndexOf("{%", _position, StringComparison.Ordinal); tag >= 0;
            tag = _source.IndexOf("{%", tag + 1, StringComparison.Ordinal))
        {
            int at = tag + 2;
            char before = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
            at = SkipSpaces(at);
            if (!_source.AsSpan(at).StartsWith("endraw"))
                continue;
            at = SkipSpaces(at + 6);
            char after = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
            if (!_source.AsSpan(at).StartsWith("%}"))
                continue;
            string text = _source[_position..tag];
            AddText(before == '-' ? text.TrimEnd() : before == '+' ? text : WithoutIndentation(text, atLineStart: false), text);
            _line += _source.AsSpan(tag, at + 2 - tag).Count('\n');
            _position = at + 2;
            return AfterTag(after, trims: true);
        }

        throw new TemplateException(_line, "'{% raw %}' is not closed. Add '{% endraw %}'.");
    }

    private int SkipSpaces(int at)
    {
        while (at < _source.Length && char.IsWhiteSpace(_source[at]))
            at++;
        return at;
    }

    private bool Tag(TokenKind start, TokenKind end, string close)
    {
        int opened = _line;
        _tokens.Add(new Token(start, "", _line));
        int depth = 0; // of brackets: inside them "}}" closes two dictionaries
        while (true)
        {
            int next = SkipSpaces(_position);
            _line += _source.AsSpan(_position, next - _position).Count('\n');
            _position = next;
            if (_position >= _source.Length)
                throw new TemplateException(opened, $"the tag is not closed. Add '{close}'.");
            ReadOnlySpan<char> rest = _source.AsSpan(_position);
            if (depth == 0)
            {
                char control = rest[0] is '-' or '+' && rest[1..].StartsWith(close, StringComparison.Ordinal) ? rest[0] : '\0';
                if (control != '\0' || rest.StartsWith(close, StringComparison.Ordinal))
                {
                    _tokens.Add(new Token(end, "", _line));
                    _position += close.Length + (control == '\0' ? 0 : 1);
                    return AfterTag(control, trims: end == TokenKind.BlockEnd);
                }
            }

            char c = rest[0];
            if (c is '"' or '\'')
                StringLiteral(c);
            else if (char.IsAsciiDigit(c))
                Number();
            else if (char.IsLetter(c) || c == '_')
                Name();
            else
                depth += Operator();
        }
    }

    private int Operator()
    {
        foreach (string op in Operators)
        {
            if (!_source.AsSpan(_position).StartsWith(op, StringComparison.Ordinal))
                continue;
            _tokens.Add(new Token(TokenKind.Operator, op, _line));
            _position += op.Length;
            return op is "(" or "[" or "{" ? 1 : op is ")" or "]" or "}" ? -1 : 0;
        }

        throw new TemplateException(_line, $"the character '{Rune.GetRuneAt(_source, _position)}' is not allowed in a tag.");
    }

    private void Name()
    {
        int start = _position;
        while (_position < _source.Length && (char.IsLetterOrDigit(_source[_position]) || _source[_position] == '_'))
            _position++;
        _tokens.Add(new Token(TokenKind.Name, _source[start.._position], _line));
    }

    private void Number()
    {
        int start = _position;
        bool floating = false;
        Digits();
        if (_position + 1 < _source.Length && _source[_position] == '.' && char.IsAsciiDigit(_source[_position + 1]))
        {
            floating = true;
            _position++;
            Digits();
        }

        if (_position < _source.Length && _source[_position] is 'e' or 'E')
        {
            int digits = _position + 1 < _source.Length && _source[_position + 1] is '+' or '-' ? _position + 2 : _position + 1;
            if (digits < _source.Length && char.IsAsciiDigit(_source[digits]))
            {
                floating = true;
                _position = digits;
                Digits();
            }
        }

        string text = _source[start.._position].Replace("_", "", StringComparison.Ordinal);
        if (!floating && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new TemplateException(_line, $"the number {text} is too large; the largest is {long.MaxValue}.");
        _tokens.Add(new Token(floating ? TokenKind.Float : TokenKind.Integer, text, _line));
    }

    private void Digits()
    {
        while (_position < _source.Length
            && (char.IsAsciiDigit(_source[_position]) || (_source[_position] == '_' && char.IsAsciiDigit(_source[_position - 1]))))
            _position++;
    }

    // Escapes are Python's; an unknown one is kept unchanged.
    private void StringLiteral(char quote)
    {
        int opened = _line;
        var value = new StringBuilder();
        for (_position++; ; _position++)
        {
            if (_position >= _source.Length)
                throw new TemplateException(opened, $"the string is not closed. Add {quote}.");
            char c = _source[_position];
            if (c == quote)
                break;
            if (c == '\n')
                _line++;
            if (c == '\\' && _position + 1 < _source.Length)
                Escape(value);
            else
                value.Append(c);
        }

        _position++;
        _tokens.Add(new Token(TokenKind.String, value.ToString(), opened));
    }

    private void Escape(StringBuilder value)
    {
        char c = _source[++_position];
        const string Simple = "\\'\"abfnrtv";
        int simple = Simple.IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
            value.Append("\\'\"\a\b\f\n\r\t\v"[simple]);
        else if (c == '\n')
            _line++; // a line continuation
        else if (c is 'x' or 'u' or 'U')
            Hexadecimal(value, c, c == 'x' ? 2 : c == 'u' ? 4 : 8);
        else if (c is >= '0' and <= '7')
            Octal(value);
        else
            value.Append('\\').Append(c);
    }

    private void Hexadecimal(StringBuilder value, char kind, int digits)
    {
        if (_position + digits >= _source.Length
            || !int.TryParse(
                _source.AsSpan(_position + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
                || code is < 0 or > 0x10FFFF)
        {
            throw new TemplateException(_line, $"the escape '\\{kind}' needs {digits} hexadecimal digits of a Unicode character.");
        }

        value.Append(code is >= 0xD800 and < 0xE000 || code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
        _position += digits;
    }

    private void Octal(StringBuilder value)
    {
        int code = 0, end = Math.Min(_position + 3, _source.Length);
        for (; _position < end && _source[_position] is >= '0' and <= '7'; _position++)
            code = code * 8 + (_source[_position] - '0');
        value.Append((char)code);
        _position--;
    }
}
