namespace Tenon.Tokenizers.Jinja;

/// <summary>A list or tuple. Lists are immutable, as in the sandbox that renders chat templates in Python.</summary>
internal sealed class Sequence(IEnumerable<object?> items, bool isTuple = false)
{
    /// <summary>The items.</summary>
    public IReadOnlyList<object?> Items { get; } = [.. items];

    /// <summary>Whether this is a tuple.</summary>
    public bool IsTuple { get; } = isTuple;
}

/// <summary>An immutable dictionary in insertion order.</summary>
internal sealed class Mapping
{
    private readonly Dictionary<object, int> _index = new(KeyComparer.Instance);
    private readonly List<KeyValuePair<object, object?>> _entries = [];

    /// <summary>Creates a mapping. If keys are equal, the first one determines the position and the last one the value.</summary>
    public Mapping(IEnumerable<KeyValuePair<object, object?>> entries)
    {
        foreach (KeyValuePair<object, object?> entry in entries)
        {
            if (_index.TryGetValue(entry.Key, out int at))
            {
                _entries[at] = KeyValuePair.Create(_entries[at].Key, entry.Value);
                continue;
            }

            _index.Add(entry.Key, _entries.Count);
            _entries.Add(entry);
        }
    }

    /// <summary>Entries in order.</summary>
    public IReadOnlyList<KeyValuePair<object, object?>> Entries => _entries;

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>The value of a key.</summary>
    public bool TryGet(object? key, out object? value)
    {
        if (key is not null && _index.TryGetValue(key, out int at))
        {
            value = _entries[at].Value;
            return true;
        }

        value = null;
        return false;
    }

    // Keys are strings and numbers; numbers that are equal are one key, regardless of their types.
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        bool IEqualityComparer<object>.Equals(object? x, object? y) => Values.AreEqual(x, y);

        int IEqualityComparer<object>.GetHashCode(object value) => value switch
        {
            string text => text.GetHashCode(StringComparison.Ordinal),
            _ when Values.IsNumber(value) => Values.Number(value).GetHashCode(),
            Sequence sequence => sequence.Items.Count,
            _ => 0,
        };
    }
}

/// <summary>The only mutable value: <c>namespace(a=1)</c>, whose members <c>set</c> assigns.</summary>
internal sealed class Namespace
{
    /// <summary>The members by name.</summary>
    public Dictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);
}
