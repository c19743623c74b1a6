namespace Tenon.Text.SdkDocs;

/// <summary>
/// Documentation ids (<c>M:System.String.Substring(System.Int32)</c>) as people write them (<c>String.Substring</c>).
/// The format of an id is defined in ECMA-334, annex D.4.2.
/// </summary>
internal static class MemberNames
{
    /// <summary>Returns the name of an id: the type, or type and member.</summary>
    public static string Readable(string id)
    {
        if (id.StartsWith("N:", StringComparison.Ordinal))
            return id[2..];
        bool isType = id.StartsWith("T:", StringComparison.Ordinal);
        string[] parts = Plain(id).Split('.');
        string last = Last(parts[^1]);
        if (isType || parts.Length == 1)
            return last;
        return last is "ctor" or "cctor" ? Last(parts[^2]) : $"{Last(parts[^2])}.{last}";
    }

    /// <summary>Returns the full name of the type that an id belongs to, with its arity.</summary>
    public static string Owner(string id)
    {
        string name = WithoutParameters(id);
        return id.StartsWith("T:", StringComparison.Ordinal) ? name : name[..Math.Max(name.LastIndexOf('.'), 0)];
    }

    /// <summary>Returns the full names of all documented types.</summary>
    public static HashSet<string> Types(IEnumerable<DocumentedMember> members) => members
        .Where(member => member.Id.StartsWith("T:", StringComparison.Ordinal))
        .Select(member => Owner(member.Id))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Returns the namespace of a type, whose name is preceded by its namespace or its enclosing type.</summary>
    /// <param name="type">Full name of the type.</param>
    /// <param name="types">Full names of all types.</param>
    public static string Namespace(string type, HashSet<string> types)
    {
        string outer = type;
        do
        {
            int dot = outer.LastIndexOf('.');
            outer = dot < 0 ? "" : outer[..dot];
        }
        while (outer.Length > 0 && types.Contains(outer));
        return outer;
    }

    private static string Plain(string id)
    {
        // Overload:… names a group of methods; others have one letter before the colon.
        string name = WithoutParameters(id);
        Span<char> kept = name.Length <= 512 ? stackalloc char[name.Length] : new char[name.Length];
        int length = 0;
        int depth = 0;
        bool arity = false;
        foreach (char c in name)
        {
            if (c == '{')
                depth++;
            arity = c == '`' || (arity && char.IsAsciiDigit(c));
            if (depth == 0 && !arity)
                kept[length++] = c;
            if (c == '}')
                depth--;
        }

        return new string(kept[..length]);
    }

    private static string WithoutParameters(string id)
    {
        int start = id.IndexOf(':', StringComparison.Ordinal) + 1;
        int end = id.AsSpan(start).IndexOfAny('(', '~');
        return end < 0 ? id[start..] : id.Substring(start, end);
    }

    // An explicit implementation spells its interface with # instead of dots: System#Collections#ICollection#CopyTo.
    private static string Last(string part) => part[(part.LastIndexOf('#') + 1)..];
}
