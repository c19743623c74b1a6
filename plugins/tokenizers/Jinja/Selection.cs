namespace Tenon.Tokenizers.Jinja;

/// <summary>The filters that choose or map items: <c>map</c>, <c>select</c>, <c>reject</c>, <c>selectattr</c>, <c>rejectattr</c>.</summary>
internal static class Selection
{
    /// <summary><c>map('filter', …)</c> or <c>map(attribute='name', default=…)</c>.</summary>
    public static object? Map(object? value, Arguments arguments, Rendering rendering)
    {
        IReadOnlyList<object?> items = Filters.Items(value, arguments);
        if (arguments.Positional.Count == 0)
        {
            arguments.Allow("attribute", "default");
            object? attribute = arguments.Get(0, "attribute");
            bool hasDefault = arguments.Has(1, "default");
            return new Sequence(
                items.Select(item => MemberOf(item, attribute, arguments.Line) is var member && member is Undefined && hasDefault
                ? arguments.Get(1, "default", null)
                : member));
        }

        string name = arguments.Text(0, "filter");
        if (!Filters.Names.Contains(name))
            throw arguments.Error($"has no filter '{name}'; supported filters: {string.Join(", ", Filters.Names)}");
        Arguments rest = Rest($"the filter '{name}'", arguments, 1);
        return new Sequence(items.Select(item => Filters.Apply(name, item, rest, rendering)).ToList());
    }

    /// <summary><c>select('test', …)</c>; without a test, by truth value.</summary>
    public static object? Select(object? value, Arguments arguments, bool keeps)
    {
        Func<object?, bool> test = Test(arguments, 0);
        return new Sequence(Filters.Items(value, arguments).Where(item => test(item) == keeps).ToList());
    }

    /// <summary><c>selectattr('member', 'test', …)</c>; without a test, by truth value.</summary>
    public static object? SelectByMember(object? value, Arguments arguments, bool keeps)
    {
        object? attribute = arguments.Get(0, "attribute");
        Func<object?, bool> test = Test(arguments, 1);
        return new Sequence(
            Filters.Items(value, arguments).Where(item => test(MemberOf(item, attribute, arguments.Line)) == keeps).ToList());
    }

    /// <summary>A member by name or index; dots lead to members of members.</summary>
    public static object? MemberOf(object? value, object? attribute, int line)
    {
        if (attribute is not string path)
            return Lookup.Item(value, attribute, line);
        foreach (string part in path.Split('.'))
            value = Lookup.Item(value, long.TryParse(part, out long index) ? index : part, line);
        return value;
    }

    private static Func<object?, bool> Test(Arguments arguments, int position)
    {
        if (arguments.Positional.Count <= position)
            return Values.IsTrue;
        string name = arguments.Text(position, "test");
        string? known = name switch { "==" => "eq", "!=" => "ne", "<" => "lt", "<=" => "le", ">" => "gt", ">=" => "ge", _ => name };
        if (!Tests.Names.Contains(known))
            throw arguments.Error($"has no test '{name}'; supported tests: {string.Join(", ", Tests.Names)}");
        Arguments rest = Rest($"the test '{name}'", arguments, position + 1);
        return value => Tests.Passes(known, value, rest);
    }

    private static Arguments Rest(string callee, Arguments arguments, int from) =>
        new(callee, arguments.Line, [.. arguments.Positional.Skip(from)], arguments.Keywords);
}
