using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>Python's <c>%</c> formatting, <c>str.format</c> with plain fields, and <c>strftime</c>.</summary>
internal static class Formatting
{
    /// <summary><c>format % values</c> with <c>%s %d %i %f %.nf %%</c>.</summary>
    public static string Percent(string format, IReadOnlyList<object?> values, int line)
    {
        var text = new StringBuilder();
        int used = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int start = ++i;
            while (i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] == '.'))
                i++;
            if (i >= format.Length)
                throw new TemplateException(line, "the format ends after '%'. Write '%%' for a percent sign.");
            if (format[i] == '%' && i == start)
            {
                text.Append('%');
                continue;
            }

            if (used >= values.Count)
                throw new TemplateException(line, $"the format needs more than {values.Count} values.");
            text.Append(Field(format[start..i], format[i], values[used++], line));
        }

        return used == values.Count
            ? text.ToString()
            : throw new TemplateException(line, $"the format uses {used} of {values.Count} values.");
    }

    /// <summary><c>text.format(…)</c> with <c>{}</c>, <c>{0}</c> and <c>{name}</c>.</summary>
    public static string Braces(string format, Arguments arguments)
    {
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            if (c is '{' or '}' && i + 1 < format.Length && format[i + 1] == c)
            {
                text.Append(c);
                i++;
            }
            else if (c == '{')
            {
                int end = format.IndexOf('}', i);
                string field = end < 0 ? throw arguments.Error("has a '{' that is not closed") : format[(i + 1)..end];
                text.Append(Values.Print(Value(field, arguments, ref next)));
                i = end;
            }
            else if (c == '}')
            {
                throw arguments.Error("has a '}' without '{'");
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    /// <summary><c>strftime</c> in the C locale.</summary>
    public static string Time(DateTimeOffset now, string format, int line)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 >= format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            bool plain = format[++i] == '-' && i + 1 < format.Length;
            string field = Directive(now, plain ? format[++i] : format[i], line);
            text.Append(plain ? field.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : field);
        }

        return text.ToString();
    }

    private static string Directive(DateTimeOffset now, char directive, int line) => directive switch
    {
        'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
        'y' => now.ToString("yy", CultureInfo.InvariantCulture),
        'm' => now.ToString("MM", CultureInfo.InvariantCulture),
        'd' => now.ToString("dd", CultureInfo.InvariantCulture),
        'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'b' or 'h' => now.ToString("MMM", CultureInfo.InvariantCulture),
        'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
        'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
        'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
        'H' => now.ToString("HH", CultureInfo.InvariantCulture),
        'I' => now.ToString("hh", CultureInfo.InvariantCulture),
        'M' => now.ToString("mm", CultureInfo.InvariantCulture),
        'S' => now.ToString("ss", CultureInfo.InvariantCulture),
        'f' => now.ToString("ffffff", CultureInfo.InvariantCulture),
        'p' => now.ToString("tt", CultureInfo.InvariantCulture),
        'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'u' => (now.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        'T' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        'D' => now.ToString("MM/dd/yy", CultureInfo.InvariantCulture),
        'R' => now.ToString("HH:mm", CultureInfo.InvariantCulture),
        'Z' or 'z' => "", // Python's datetime.now() has no zone
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => throw new TemplateException(line, $"strftime_now does not support '%{directive}'."),
    };

    private static object? Value(string field, Arguments arguments, ref int next)
    {
        if (field.AsSpan().IndexOfAny(":!.[") >= 0)
            throw arguments.Error($"supports plain fields only, not '{{{field}}}'");
        int position =
            field.Length == 0 ? next++ : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1;
        return position < 0 ? arguments.Get(int.MaxValue, field)
            : position < arguments.Positional.Count
            ? arguments.Positional[position]
            : throw arguments.Error($"has no value for '{{{field}}}'");
    }

    private static string Field(string options, char conversion, object? value, int line)
    {
        switch (conversion)
        {
            case 's' when options.Length == 0:
                return Values.Print(value);
            case 'd' or 'i' when Values.IsNumber(value) && (options.Length == 0 || options.All(char.IsAsciiDigit)):
                string digits = (value is double number ? (long)number : Values.Integer(value)).ToString(CultureInfo.InvariantCulture);
                return Padded(digits, options);
            case 'f' when Values.IsNumber(value):
                string[] parts = options.Split('.');
                int precision = parts.Length > 1 && int.TryParse(parts[1], out int given) ? Math.Min(given, 99) : 6;
                return Padded(Values.Number(value).ToString($"F{precision}", CultureInfo.InvariantCulture), parts[0]);
            default:
                throw new TemplateException(line, $"the format '%{options}{conversion}' is not supported for {Values.TypeName(value)}.");
        }
    }

    private static string Padded(string digits, string width) => !int.TryParse(width, out int total) ? digits
        : width[0] == '0' ? digits.PadLeft(Math.Min(total, 999), '0') : digits.PadLeft(Math.Min(total, 999));
}
