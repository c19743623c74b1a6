namespace Tenon.Host.Plugins.Catalogue;

/// <summary>Finds what somebody meant.</summary>
internal static class NearestName
{
    // Shorter ones are in too many names.
    private const int ShortestPart = 3;

    /// <summary>
    /// The candidate that is the fewest edits away, or null when none is near: at most a third of the letters, and at
    /// least one, may differ. One edit adds, drops, changes or swaps neighbouring letters (Damerau 1964); case is no difference.
    /// Where none is, the only one that has what was written in it: "prefix" of "prefix-tuning".
    /// </summary>
    /// <param name="found">What was written.</param>
    /// <param name="candidates">What is valid.</param>
    public static string? Of(string found, IEnumerable<string> candidates)
    {
        (string? nearest, int best) = (null, Math.Max(1, found.Length / 3) + 1);
        foreach (string candidate in candidates)
        {
            int distance = Distance(found.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (distance < best)
                (nearest, best) = (candidate, distance);
        }

        return nearest ?? Only([.. candidates.Where(candidate => found.Length >= ShortestPart && candidate.Contains(found, StringComparison.OrdinalIgnoreCase))]);

        static string? Only(string[] names) => names is [var only] ? only : null;
    }

    /// <summary>A question to put behind a sentence, or nothing.</summary>
    /// <param name="nearest">What <see cref="Of"/> found.</param>
    public static string Question(string? nearest) => nearest is null ? "" : $" Did you mean '{nearest}'?";

    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(change, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }
}
