namespace Tenon.Tokenizers.Jinja;

/// <summary>Methods and members of values that the sandbox allows. Methods that change a list or mapping are not allowed.</summary>
internal static class Methods
{
    /// <summary>A method bound to its object, or a member of <c>loop</c>.</summary>
    public static bool TryFind(object? target, string name, out object? member)
    {
        member = target switch
        {
            string text => OfString(text, name),
            Mapping mapping => OfMapping(mapping, name),
            Sequence sequence => OfSequence(sequence, name),
            _ => null,
        };
        return member is not null || (target is LoopState loop && loop.TryMember(name, out member));
    }

    /// <summary>Pairs of key and value.</summary>
    public static Sequence Items(Mapping mapping) =>
        new(mapping.Entries.Select(entry => (object?)new Sequence([entry.Key, entry.Value], isTuple: true)));

    private static Function? OfMapping(Mapping mapping, string name) => name switch
    {
        "items" => new(name, arguments => Items(Checked(arguments.Allow(), mapping))),
        "keys" => new(name, arguments => new Sequence(Checked(arguments.Allow(), mapping).Entries.Select(entry => (object?)entry.Key))),
        "values" => new(name, arguments => new Sequence(Checked(arguments.Allow(), mapping).Entries.Select(entry => entry.Value))),
        "get" => new(
            name, arguments => mapping.TryGet(arguments.Allow("key", "default").Get(0, "key"), out object? value)
            ? value
            : arguments.Get(1, "default", null)),
        "copy" => new(name, arguments => Checked(arguments.Allow(), mapping)),
        "update" or "pop" or "popitem" or "clear" or "setdefault" => Forbidden(name, "a mapping"),
        _ => null,
    };

    private static Function? OfSequence(Sequence sequence, string name) => name switch
    {
        "count" => new(
            name, arguments => (long)sequence.Items.Count(item => Values.AreEqual(item, arguments.Allow("value").Get(0, "value")))),
        "index" => new(name, arguments => Index(sequence, arguments.Allow("value"))),
        "copy" => new(name, arguments => Checked(arguments.Allow(), sequence)),
        "append" or "extend" or "insert" or "pop" or "remove" or "clear" or "sort" or "reverse" => Forbidden(name, "a list"),
        _ => null,
    };

    private static Function Forbidden(string name, string what) => new(name, arguments =>
        throw arguments.Error($"would change {what}, which templates may not do. Use a namespace and build a new value"));

    private static T Checked<T>(Arguments _, T value) => value;

    private static long Index(Sequence sequence, Arguments arguments)
    {
        object? value = arguments.Get(0, "value");
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            if (Values.AreEqual(sequence.Items[i], value))
                return i;
        }

        throw arguments.Error($"did not find {Values.Represent(value)} in the list");
    }

    private static Function? OfString(string text, string name) => name switch
    {
        "strip" => Strip(text, name, left: true, right: true),
        "lstrip" => Strip(text, name, left: true, right: false),
        "rstrip" => Strip(text, name, left: false, right: true),
        "split" => new(name, arguments => Split(text, arguments, fromRight: false)),
        "rsplit" => new(name, arguments => Split(text, arguments, fromRight: true)),
        "splitlines" => new(name, arguments => SplitLines(text, arguments.Allow("keepends"))),
        "startswith" =>
            new(name, arguments => HasAffix(arguments.Allow("prefix"), "prefix", part => text.StartsWith(part, StringComparison.Ordinal))),
        "endswith" =>
            new(name, arguments => HasAffix(arguments.Allow("suffix"), "suffix", part => text.EndsWith(part, StringComparison.Ordinal))),
        "removeprefix" =>
            new(name, arguments => arguments.Allow("prefix").Text(0, "prefix") is var prefix
                && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text),
        "removesuffix" =>
            new(name, arguments => arguments.Allow("suffix").Text(0, "suffix") is var suffix
                && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text),
        "upper" => new(name, arguments => Checked(arguments.Allow(), text).ToUpperInvariant()),
        "lower" => new(name, arguments => Checked(arguments.Allow(), text).ToLowerInvariant()),
        "title" => new(name, arguments => Strings.Title(Checked(arguments.Allow(), text))),
        "capitalize" => new(name, arguments => Strings.Capitalize(Checked(arguments.Allow(), text))),
        "find" => new(name, arguments => CodePoints(text, text.IndexOf(arguments.Allow("sub").Text(0, "sub"), StringComparison.Ordinal))),
        "rfind" => new(
            name, arguments => CodePoints(text, text.LastIndexOf(arguments.Allow("sub").Text(0, "sub"), StringComparison.Ordinal))),
        "count" => new(name, arguments => Count(text, arguments.Allow("sub").Text(0, "sub"))),
        "isdigit" => new(name, arguments => Checked(arguments.Allow(), text) is { Length: > 0 } && text.All(char.IsDigit)),
        "isspace" => new(name, arguments => Checked(arguments.Allow(), text) is { Length: > 0 } && text.All(char.IsWhiteSpace)),
        "isalpha" => new(name, arguments => Checked(arguments.Allow(), text) is { Length: > 0 } && text.All(char.IsLetter)),
        "isalnum" => new(name, arguments => Checked(arguments.Allow(), text) is { Length: > 0 } && text.All(char.IsLetterOrDigit)),
        "isupper" => new(name, arguments => Strings.IsUpper(Checked(arguments.Allow(), text))),
        "islower" => new(name, arguments => Strings.IsLower(Checked(arguments.Allow(), text))),
        "join" => new(name, arguments => string.Join(text, Filters.Items(arguments.Allow("iterable").Get(0, "iterable"), arguments)
            .Select(item => item as string ?? throw arguments.Error($"joins strings, not {Values.TypeName(item)}")))),
        "replace" => new(name, arguments => Replace(text, arguments.Allow("old", "new", "count"))),
        "format" => new(name, arguments => Formatting.Braces(text, arguments)),
        _ => null,
    };

    private static Function Strip(string text, string name, bool left, bool right) =>
        new(name, arguments => Strings.Strip(text, arguments.Allow("chars").TextOrNull(0, "chars"), left, right));

    private static Sequence Split(string text, Arguments arguments, bool fromRight) =>
        Strings.Split(
            text, arguments.Allow("sep", "maxsplit").TextOrNull(0, "sep"), arguments.Integer(1, "maxsplit", -1), fromRight, arguments);

    private static string Replace(string text, Arguments arguments)
    {
        string old = arguments.Text(0, "old"), replacement = arguments.Text(1, "new");
        double occurrences = old.Length == 0 ? text.Length + 1.0 : (double)text.Length / old.Length;
        if (text.Length + occurrences * replacement.Length > Rendering.MaximumLength * 4.0)
            throw arguments.Error("would create a text that is too long");
        return Strings.Replace(text, old, replacement, arguments.Integer(2, "count", -1), arguments.Line);
    }

    private static Sequence SplitLines(string text, Arguments arguments)
    {
        bool keep = arguments.Flag(0, "keepends", false);
        var lines = new List<object?>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\u001c' or '\u001d' or '\u001e' or '\u0085' or '\u2028' or '\u2029'))
                continue;
            int end = i;
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            lines.Add(text[start..(keep ? i + 1 : end)]);
            start = i + 1;
        }

        return new Sequence(start < text.Length ? [.. lines, text[start..]] : lines);
    }

    private static bool HasAffix(Arguments arguments, string name, Func<string, bool> has) => arguments.Get(0, name) switch
    {
        Sequence { IsTuple: true } several => several.Items.Any(item => item is string part && has(part)),
        _ => has(arguments.Text(0, name)),
    };

    private static long CodePoints(string text, int index) => index < 0 ? -1 : text[..index].EnumerateRunes().Count();

    private static long Count(string text, string part)
    {
        if (part.Length == 0)
            return text.EnumerateRunes().Count() + 1;
        long count = 0;
        for (int at = text.IndexOf(part, StringComparison.Ordinal); at >= 0;
            at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }
}
