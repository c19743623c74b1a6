namespace Tenon.Tokenizers.Jinja;

/// <summary>Items, members and slices of values.</summary>
internal static class Lookup
{
    /// <summary>The item or member of a value; <see cref="Undefined"/> if there is none.</summary>
    /// <exception cref="TemplateException">The value itself is undefined.</exception>
    public static object? Item(object? target, object? key, int line)
    {
        switch (target)
        {
            case Undefined undefined:
                throw new TemplateException(line, $"'{undefined.Name}' is undefined, so it has no '{Values.Print(key)}'.");
            case Mapping mapping when mapping.TryGet(key, out object? value):
                return value;
            case Namespace members when key is string name && members.Members.TryGetValue(name, out object? member):
                return member;
            case Sequence or string when key is long or bool:
                IReadOnlyList<object?> items = Values.ItemsOf(target)!;
                long index = Values.Integer(key);
                index += index < 0 ? items.Count : 0;
                return index >= 0 && index < items.Count ? items[(int)index] : new Undefined($"item {Values.Print(key)}");
            default:
                return new Undefined(Values.Print(key));
        }
    }

    /// <summary>Python's slice of a string or sequence.</summary>
    public static object? Slice(object? target, long? start, long? stop, long? step, int line)
    {
        IReadOnlyList<object?> items = target is string or Sequence or Undefined
            ? Values.ItemsOf(target)!
            : throw new TemplateException(line, $"{Values.TypeName(target)} cannot be sliced.");
        long by = step ?? 1;
        if (by == 0)
            throw new TemplateException(line, "the step of a slice must not be 0.");
        long count = items.Count, lowest = by > 0 ? 0 : -1, highest = by > 0 ? count : count - 1;
        long from = Bound(start, by > 0 ? 0 : count - 1), to = Bound(stop, by > 0 ? count : -1);
        var chosen = new List<object?>();
        for (long i = from; by > 0 ? i < to : i > to; i += by)
            chosen.Add(items[(int)i]);
        return target is Sequence sequence
            ? new Sequence(chosen, sequence.IsTuple)
            : target is string ? string.Concat(chosen) : new Sequence(chosen);

        long Bound(long? given, long otherwise) =>
            given is not { } bound ? otherwise : Math.Clamp(bound < 0 ? Math.Max(bound, -count - 1) + count : bound, lowest, highest);
    }
}
