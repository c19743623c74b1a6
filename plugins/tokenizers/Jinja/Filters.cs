using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>The filters of <c>value | filter</c>, as Jinja 3 defines them.</summary>
internal static class Filters
{
    private delegate object? Filter(object? value, Arguments arguments, Rendering rendering);

    private static readonly SortedDictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["abs"] = (value, arguments, _) => Absolute(value, arguments.Allow()),
        ["attr"] = (value, arguments, _) => Lookup.Item(value, arguments.Allow("name").Text(0, "name"), arguments.Line),
        ["capitalize"] = (value, arguments, _) => Strings.Capitalize(Text(value, arguments.Allow())),
        ["count"] = (value, arguments, _) => Length(value, arguments.Allow()),
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = (value, arguments, _) => Sorting.Dictionary(value, arguments),
        ["e"] = (value, arguments, _) => Escape(Text(value, arguments.Allow())),
        ["escape"] = (value, arguments, _) => Escape(Text(value, arguments.Allow())),
        ["first"] = (value, arguments, _) => Items(value, arguments.Allow()) is [var first, ..] ? first : new Undefined("first"),
        ["float"] = (value, arguments, _) => Floating(value, arguments.Allow("default")),
        ["format"] = (value, arguments, _) => Formatting.Percent(Text(value, arguments), arguments.Positional, arguments.Line),
        ["groupby"] = (value, arguments, _) => Sorting.Groups(value, arguments),
        ["indent"] = (value, arguments, _) => Indent(Text(value, arguments.Allow("width", "first", "blank")), arguments),
        ["int"] = (value, arguments, _) => Integer(value, arguments.Allow("default", "base")),
        ["items"] = (value, arguments, _) => value is Undefined ? new Sequence([]) : value is Mapping mapping
            ? Methods.Items(mapping)
            : throw arguments.Error($"needs a mapping, not {Values.TypeName(value)}"),
        ["join"] = Join,
        ["last"] = (value, arguments, _) => Items(value, arguments.Allow()) is [.., var last] ? last : new Undefined("last"),
        ["length"] = (value, arguments, _) => Length(value, arguments.Allow()),
        ["list"] = (value, arguments, _) => new Sequence(Items(value, arguments.Allow())),
        ["lower"] = (value, arguments, _) => Text(value, arguments.Allow()).ToLowerInvariant(),
        ["map"] = Selection.Map,
        ["max"] = (value, arguments, _) => Sorting.Extreme(value, arguments, largest: true),
        ["min"] = (value, arguments, _) => Sorting.Extreme(value, arguments, largest: false),
        ["reject"] = (value, arguments, _) => Selection.Select(value, arguments, keeps: false),
        ["rejectattr"] = (value, arguments, _) => Selection.SelectByMember(value, arguments, keeps: false),
        ["replace"] = (value, arguments, _) => Strings.Replace(
            Text(value, arguments.Allow("old", "new", "count")), Values.Print(arguments.Get(0, "old")),
            Values.Print(arguments.Get(1, "new")),
            arguments.Get(2, "count", null) is null ? -1 : arguments.Integer(2, "count", -1), arguments.Line),
        ["reverse"] = (value, arguments, _) => value is string text
            ? string.Concat(Values.ItemsOf(text)!.Reverse())
            : new Sequence(Items(value, arguments.Allow()).Reverse()),
        ["round"] = (value, arguments, _) => Round(value, arguments.Allow("precision", "method")),
        ["safe"] = (value, arguments, _) => Text(value, arguments.Allow()),
        ["select"] = (value, arguments, _) => Selection.Select(value, arguments, keeps: true),
        ["selectattr"] = (value, arguments, _) => Selection.SelectByMember(value, arguments, keeps: true),
        ["sort"] = (value, arguments, _) => Sorting.Sort(value, arguments),
        ["string"] = (value, arguments, _) => Text(value, arguments.Allow()),
        ["sum"] = Sum,
        ["title"] = (value, arguments, _) => Strings.TitleWords(Text(value, arguments.Allow())),
        ["tojson"] = (value, arguments, _) => Json.Write(value, arguments),
        ["trim"] = (value, arguments, _) =>
            Strings.Strip(Text(value, arguments.Allow("chars")), arguments.TextOrNull(0, "chars"), left: true, right: true),
        ["unique"] = (value, arguments, _) => Sorting.Unique(value, arguments),
        ["upper"] = (value, arguments, _) => Text(value, arguments.Allow()).ToUpperInvariant(),
        ["wordcount"] = (value, arguments, _) => (long)Strings.Words(Text(value, arguments.Allow())).Count,
    };

    /// <summary>Names of all filters, sorted.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>The result of a filter.</summary>
    public static object? Apply(string name, object? value, Arguments arguments, Rendering rendering)
    {
        int items = value is Sequence sequence ? sequence.Items.Count : value is string text ? text.Length / 64 : 0;
        rendering.Step(arguments.Line, items);
        return All[name](value, arguments, rendering);
    }

    /// <summary>The items of an iterable value.</summary>
    public static IReadOnlyList<object?> Items(object? value, Arguments arguments) =>
        Values.ItemsOf(value) ?? throw arguments.Error($"needs a list, mapping or string, not {Values.TypeName(value)}");

    // Takes the arguments so that callers have to check them.
    private static string Text(object? value, Arguments _) => Values.Print(value);

    private static long Length(object? value, Arguments arguments) =>
        value is Mapping mapping ? mapping.Count : Items(value, arguments).Count;

    private static object? Default(object? value, Arguments arguments, Rendering _)
    {
        arguments.Allow("default_value", "boolean");
        bool missing = value is Undefined || (arguments.Flag(1, "boolean", false) && !Values.IsTrue(value));
        return missing ? arguments.Get(0, "default_value", "") : value;
    }

    private static object Absolute(object? value, Arguments arguments) => value switch
    {
        double number => (object)Math.Abs(number),
        long and not long.MinValue or bool => Math.Abs(Values.Integer(value)),
        _ => throw arguments.Error($"needs a number, not {Values.TypeName(value)}"),
    };

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);

    private static object? Floating(object? value, Arguments arguments) =>
        Values.IsNumber(value) ? Values.Number(value)
        : value is string text && double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : arguments.Get(0, "default", 0.0);

    private static object? Integer(object? value, Arguments arguments)
    {
        object? otherwise = arguments.Get(0, "default", 0L);
        long radix = arguments.Integer(1, "base", 10);
        return value switch
        {
            long or bool => Values.Integer(value),
            double number => double.IsFinite(number) && Math.Abs(number) < long.MaxValue ? (long)number : otherwise,
            string text when radix == 10
            && long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
            string text when radix == 10
            && double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number) && Math.Abs(number) < long.MaxValue => (long)number,
            string text when radix == 16 && long.TryParse(
                text.Trim() is ['0', 'x' or 'X', .. var digits] ? digits : text.Trim(), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out long hex) => hex,
            string when radix is 10 or 16 => otherwise,
            string => throw arguments.Error($"supports the bases 10 and 16, not {radix}"),
            _ => otherwise,
        };
    }

    private static object Round(object? value, Arguments arguments)
    {
        if (!Values.IsNumber(value))
            throw arguments.Error($"needs a number, not {Values.TypeName(value)}");
        long precision = arguments.Integer(0, "precision", 0);
        string method = arguments.TextOrNull(1, "method") ?? "common";
        double scale = Math.Pow(10, precision), number = Values.Number(value);
        return method switch
        {
            "common" when value is long or bool && precision >= 0 => (object)Values.Integer(value),
            "common" => precision is >= 0 and <= 15
            ? Math.Round(number, (int)precision, MidpointRounding.ToEven)
            : Math.Round(number * scale) / scale,
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw arguments.Error($"supports the methods common, ceil and floor, not '{method}'"),
        };
    }

    private static object? Sum(object? value, Arguments arguments, Rendering _)
    {
        arguments.Allow("attribute", "start");
        object? attribute = arguments.Get(0, "attribute", null), total = arguments.Get(1, "start", 0L);
        foreach (object? item in Items(value, arguments))
            total = Operators.Combine(
                "+", total, attribute is null ? item : Selection.MemberOf(item, attribute, arguments.Line), arguments.Line);
        return total;
    }

    private static string Join(object? value, Arguments arguments, Rendering _)
    {
        arguments.Allow("d", "attribute");
        object? attribute = arguments.Get(1, "attribute", null);
        string separator = Values.Print(arguments.Get(0, "d", ""));
        var text = new StringBuilder();
        foreach ((int i, object? item) in Items(value, arguments).Index())
        {
            text.Append(i > 0 ? separator : "")
                .Append(Values.Print(attribute is null ? item : Selection.MemberOf(item, attribute, arguments.Line)));
            Rendering.CheckLength(text.Length, arguments.Line);
        }

        return text.ToString();
    }

    private static string Indent(string text, Arguments arguments)
    {
        string indentation = arguments.Get(0, "width", 4L) is string given
            ? given
            : new string(' ', (int)Math.Clamp(arguments.Integer(0, "width", 4), 0, 1000));
        bool first = arguments.Flag(1, "first", false), blank = arguments.Flag(2, "blank", false);
        string[] lines = text.Split('\n');
        return string.Join('\n', lines.Select((line, i) => (i == 0 ? first : blank || line.Length > 0) ? indentation + line : line));
    }
}
