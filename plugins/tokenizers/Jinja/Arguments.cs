namespace Tenon.Tokenizers.Jinja;

/// <summary>Arguments of a call, filter or test, with checked access by position or keyword.</summary>
internal sealed class Arguments(string callee, int line, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> keywords)
{
    /// <summary>Line of the call.</summary>
    public int Line { get; } = line;

    /// <summary>Positional arguments.</summary>
    public IReadOnlyList<object?> Positional { get; } = positional;

    /// <summary>Keyword arguments.</summary>
    public IReadOnlyDictionary<string, object?> Keywords { get; } = keywords;

    /// <summary>Rejects arguments other than the named parameters. Call it once, before reading any argument.</summary>
    public Arguments Allow(params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
            throw Error($"takes at most {parameters.Length} argument{(parameters.Length == 1 ? "" : "s")}, not {Positional.Count}");
        foreach (string name in Keywords.Keys)
        {
            int at = parameters.IndexOf(name);
            if (at < 0)
            {
                string known = parameters.Length > 0 ? $"; it has {string.Join(", ", parameters.ToArray())}" : "";
                throw Error($"has no parameter '{name}'{known}");
            }

            if (at < Positional.Count)
                throw Error($"got two values for '{name}'");
        }

        return this;
    }

    /// <summary>Whether an argument was passed.</summary>
    public bool Has(int position, string name) => position < Positional.Count || Keywords.ContainsKey(name);

    /// <summary>An argument, or its default.</summary>
    public object? Get(int position, string name, object? otherwise) =>
        position < Positional.Count ? Positional[position] : Keywords.TryGetValue(name, out object? value) ? value : otherwise;

    /// <summary>A required argument.</summary>
    public object? Get(int position, string name) =>
        Has(position, name) ? Get(position, name, null) : throw Error($"needs the argument '{name}'");

    /// <summary>A required string.</summary>
    public string Text(int position, string name) =>
        Get(position, name) as string ?? throw TypeError(name, "a string", Get(position, name));

    /// <summary>An optional string.</summary>
    public string? TextOrNull(int position, string name) =>
        Get(position, name, null) is not { } value ? null : value as string ?? throw TypeError(name, "a string", value);

    /// <summary>An optional integer.</summary>
    public long Integer(int position, string name, long otherwise) => Get(position, name, otherwise) switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        var value => throw TypeError(name, "an integer", value),
    };

    /// <summary>An optional value, converted to its truth value as in Python.</summary>
    public bool Flag(int position, string name, bool otherwise) => Values.IsTrue(Get(position, name, otherwise));

    /// <summary>The error that a call causes.</summary>
    public TemplateException Error(string what) => new(Line, $"{callee} {what}.");

    private TemplateException TypeError(string name, string wanted, object? found) =>
        Error($"needs {wanted} as '{name}', not {Values.TypeName(found)}");
}
