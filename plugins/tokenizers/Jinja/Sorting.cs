namespace Tenon.Tokenizers.Jinja;

/// <summary>The filters that order or group items. String comparison ignores case unless <c>case_sensitive</c> is set.</summary>
internal static class Sorting
{
    /// <summary><c>sort(reverse, case_sensitive, attribute)</c>; stable.</summary>
    public static object Sort(object? value, Arguments arguments)
    {
        arguments.Allow("reverse", "case_sensitive", "attribute");
        Func<object?, object?> key = Key(arguments, 1, arguments.Get(2, "attribute", null));
        return new Sequence(Ordered(Filters.Items(value, arguments), key, arguments.Flag(0, "reverse", false), arguments));
    }

    /// <summary><c>dictsort(case_sensitive, by, reverse)</c>: pairs of key and value.</summary>
    public static object Dictionary(object? value, Arguments arguments)
    {
        arguments.Allow("case_sensitive", "by", "reverse");
        if (value is not Mapping mapping)
            throw arguments.Error($"needs a mapping, not {Values.TypeName(value)}");
        long by = (arguments.TextOrNull(1, "by") ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            var other => throw arguments.Error($"sorts by 'key' or 'value', not by '{other}'"),
        };
        return new Sequence(Ordered(Methods.Items(mapping).Items, Key(arguments, 0, by), arguments.Flag(2, "reverse", false), arguments));
    }

    /// <summary><c>min(case_sensitive, attribute)</c> and <c>max</c>.</summary>
    public static object? Extreme(object? value, Arguments arguments, bool largest)
    {
        arguments.Allow("case_sensitive", "attribute");
        IReadOnlyList<object?> items = Filters.Items(value, arguments);
        return items.Count == 0
            ? new Undefined("an item of an empty list")
            : Ordered(items, Key(arguments, 0, arguments.Get(1, "attribute", null)), largest, arguments)[0];
    }

    /// <summary><c>unique(case_sensitive, attribute)</c>: keeps the first of several equal items.</summary>
    public static object Unique(object? value, Arguments arguments)
    {
        arguments.Allow("case_sensitive", "attribute");
        Func<object?, object?> key = Key(arguments, 0, arguments.Get(1, "attribute", null));
        return new Sequence(Filters.Items(value, arguments).DistinctBy(key, Equality.Instance));
    }

    /// <summary><c>groupby(attribute, default, case_sensitive)</c>: pairs of the group's value and its items, sorted.</summary>
    public static object Groups(object? value, Arguments arguments)
    {
        arguments.Allow("attribute", "default", "case_sensitive");
        object? attribute = arguments.Get(0, "attribute");
        Func<object?, object?> folded = Key(arguments, 2, null);
        object? MemberOf(object? item) => Selection.MemberOf(item, attribute, arguments.Line) is var member && member is Undefined
            ? arguments.Get(1, "default", member)
            : member;
        object? KeyOf(object? item) => folded(MemberOf(item));
        var groups = Ordered(Filters.Items(value, arguments), KeyOf, reverse: false, arguments).GroupBy(KeyOf, Equality.Instance);
        return new Sequence(groups.Select(group => (object?)new Sequence([MemberOf(group.First()), new Sequence(group)], isTuple: true)));
    }

    private static Func<object?, object?> Key(Arguments arguments, int caseSensitive, object? attribute)
    {
        bool exact = arguments.Flag(caseSensitive, "case_sensitive", false);
        return item =>
        {
            object? key = attribute is null ? item : Selection.MemberOf(item, attribute, arguments.Line);
            return !exact && key is string text ? text.ToLowerInvariant() : key;
        };
    }

    private static List<object?> Ordered(IReadOnlyList<object?> items, Func<object?, object?> key, bool reverse, Arguments arguments)
    {
        var comparer = Comparer<object?>.Create((a, b) => Values.Compare(a, b)
            ?? throw arguments.Error($"cannot compare {Values.TypeName(a)} with {Values.TypeName(b)}"));
        IEnumerable<object?> ordered = reverse ? items.OrderByDescending(key, comparer) : items.OrderBy(key, comparer);
        try
        {
            return [.. ordered];
        }
        catch (InvalidOperationException failure) when (failure.InnerException is TemplateException cause)
        {
            throw cause;
        }
    }

    private sealed class Equality : IEqualityComparer<object?>
    {
        public static readonly Equality Instance = new();

        bool IEqualityComparer<object?>.Equals(object? x, object? y) => Values.AreEqual(x, y);

        int IEqualityComparer<object?>.GetHashCode(object? value) => value is string text ? text.GetHashCode(StringComparison.Ordinal)
            : Values.IsNumber(value) ? Values.Number(value).GetHashCode() : 0;
    }
}
