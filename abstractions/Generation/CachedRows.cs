namespace Tenon;

/// <summary>Rows whose prompts have been processed, with the cache of their tokens. Owns the cache.</summary>
internal sealed class CachedRows : IDisposable
{
    private List<GenerationRow> _rows = []; // in the order of the cache's rows

    /// <summary>The rows.</summary>
    public IReadOnlyList<GenerationRow> Rows => _rows;

    /// <summary>Their cache; null before there were any.</summary>
    public IKeyValueCache? Cache { get; private set; }

    /// <summary>Tokens that fit in each row; 0 if there are no rows.</summary>
    public int Capacity => _rows.Count > 0 ? Cache!.Capacity : 0;

    /// <summary>Appends rows whose prompts have been processed in a cache of their own.</summary>
    /// <param name="rows">The rows, in the order of their cache.</param>
    /// <param name="started">Their cache. Owned from now on.</param>
    public void Append(IReadOnlyList<GenerationRow> rows, IKeyValueCache started)
    {
        IKeyValueCache? former = Cache;
        if (_rows.Count == 0)
        {
            Cache = started;
        }
        else if (started.Capacity <= former!.Capacity)
        {
            former.Add(started);
            former = started;
        }
        else
        {
            // The new prompts need longer rows, so the present rows move to their cache.
            (int added, int before) = (started.Lengths.Count, _rows.Count);
            started.Add(former);
            started.Select([.. Enumerable.Range(added, before), .. Enumerable.Range(0, added)]);
            Cache = started;
        }

        former?.Dispose();
        _rows = [.. _rows, .. rows];
    }

    /// <summary>Drops rows. The last rows replace them, so that few rows are copied.</summary>
    /// <param name="keeps">Whether a row stays.</param>
    public void Keep(Predicate<GenerationRow> keeps)
    {
        if (_rows.TrueForAll(keeps))
            return;
        var places = new List<int>(Enumerable.Range(0, _rows.Count));
        for (int at = places.Count - 1; at >= 0; at--)
        {
            if (keeps(_rows[places[at]]))
                continue;
            places[at] = places[^1];
            places.RemoveAt(places.Count - 1);
        }

        _rows = [.. places.Select(place => _rows[place])];
        Cache!.Select(places);
    }

    /// <summary>Frees the cache.</summary>
    public void Dispose() => Cache?.Dispose();
}
