using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>The filter <c>tojson</c> as transformers redefines it: Python's <c>json.dumps</c> without escapes for HTML.</summary>
internal static class Json
{
    /// <summary>Writes a value; parameters are those of <c>json.dumps</c>, but <c>ensure_ascii</c> is false by default.</summary>
    public static string Write(object? value, Arguments arguments)
    {
        arguments.Allow("ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = arguments.Get(1, "indent", null) switch
        {
            null => null,
            string text => text,
            _ => new string(' ', (int)Math.Clamp(arguments.Integer(1, "indent", 0), 0, 100)),
        };
        (string item, string key) = arguments.Get(2, "separators", null) switch
        {
            null => (indent is null ? ", " : ",", ": "),
            Sequence { Items: [string first, string second] } => (first, second),
            var other => throw arguments.Error($"needs two strings as 'separators', not {Values.TypeName(other)}"),
        };
        var writer = new Writer(
            arguments, arguments.Flag(0, "ensure_ascii", false), indent, item, key, arguments.Flag(3, "sort_keys", false));
        writer.Write(value, 0);
        return writer.Text;
    }

    private sealed class Writer(Arguments arguments, bool ascii, string? indent, string itemSeparator, string keySeparator, bool sorted)
    {
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public void Write(object? value, int depth)
        {
            Values.CheckDepth();
            if (_text.Length > Rendering.MaximumLength)
                throw arguments.Error("would create a text that is too long");
            switch (value)
            {
                case null:
                    _text.Append("null");
                    break;
                case bool flag:
                    _text.Append(flag ? "true" : "false");
                    break;
                case long whole:
                    _text.Append(whole.ToString(CultureInfo.InvariantCulture));
                    break;
                case double number:
                    _text.Append(
                        double.IsNaN(number)
                        ? "NaN"
                        : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : Values.Print(number));
                    break;
                case string text:
                    Quote(text);
                    break;
                case Sequence sequence:
                    Several('[', ']', sequence.Items, depth, item => Write(item, depth + 1));
                    break;
                case Mapping mapping:
                    IEnumerable<KeyValuePair<object, object?>> entries =
                        sorted ? mapping.Entries.OrderBy(entry => Values.Print(entry.Key), StringComparer.Ordinal) : mapping.Entries;
                    Several('{', '}', [.. entries], depth, entry =>
                    {
                        Quote(entry.Key is bool flag ? flag ? "true" : "false" : Values.Print(entry.Key));
                        _text.Append(keySeparator);
                        Write(entry.Value, depth + 1);
                    });
                    break;
                default:
                    throw arguments.Error($"cannot write {Values.TypeName(value)}");
            }
        }

        private void Several<T>(char open, char close, IReadOnlyList<T> items, int depth, Action<T> write)
        {
            _text.Append(open);
            for (int i = 0; i < items.Count; i++)
            {
                if (i > 0)
                    _text.Append(itemSeparator);
                NewLine(depth + 1);
                write(items[i]);
            }

            if (items.Count > 0)
                NewLine(depth);
            _text.Append(close);
        }

        private void NewLine(int depth)
        {
            if (indent is null)
                return;
            _text.Append('\n');
            for (int i = 0; i < depth; i++)
                _text.Append(indent);
        }

        private void Quote(string text)
        {
            _text.Append('"');
            foreach (char c in text)
            {
                _ = c switch
                {
                    '"' => _text.Append("\\\""),
                    '\\' => _text.Append("\\\\"),
                    '\n' => _text.Append("\\n"),
                    '\r' => _text.Append("\\r"),
                    '\t' => _text.Append("\\t"),
                    '\b' => _text.Append("\\b"),
                    '\f' => _text.Append("\\f"),
                    < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                    > '~' when ascii => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                    _ => _text.Append(c),
                };
            }

            _text.Append('"');
        }
    }
}
