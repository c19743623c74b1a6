namespace Tenon;

/// <summary>
/// Suggests the valid name closest to a mistyped one, for error messages.
/// <code>
/// throw new ModelException($"'preset' is '{name}'.{NearestName.Question(name, valid)} Allowed: {string.Join(", ", valid)}.");
/// </code>
/// </summary>
public static class NearestName
{
    // Shorter fragments occur in too many names.
    private const int ShortestPart = 3;

    /// <summary>
    /// Returns the candidate with the smallest edit distance, if at most a third of the letters (at least one) differ. An edit
    /// inserts, deletes or replaces a letter, or swaps two adjacent letters (Damerau 1964); case is ignored. Of several, the
    /// candidate that starts like the name: "max-new-tokens" rather than "draft-tokens" for "max-tokens". Otherwise the
    /// candidate that contains the name, if there is exactly one: "prefix-tuning" for "prefix". Otherwise the candidate that has
    /// the same letters except one, in any order, if there is exactly one: "ddim" for "dimm".
    /// </summary>
    /// <param name="found">The name that is not valid.</param>
    /// <param name="candidates">The valid names.</param>
    /// <returns>The candidate, or null.</returns>
    public static string? Of(string found, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(candidates);
        string[] names = [.. candidates];
        (string? nearest, int best) = (null, Math.Max(1, found.Length / 3) + 1);
        foreach (string candidate in names)
        {
            int distance = Distance(found.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (distance < best || (distance == best && nearest is not null && Start(found, candidate) > Start(found, nearest)))
                (nearest, best) = (candidate, distance);
        }

        if (nearest is not null || found.Length < ShortestPart)
            return nearest;
        return Only(names, name => name.Contains(found, StringComparison.OrdinalIgnoreCase)) ?? Only(names, name => IsJumbled(found, name));
    }

    /// <summary>Returns a question to append to an error message.</summary>
    /// <param name="found">The name that is not valid.</param>
    /// <param name="candidates">The valid names.</param>
    /// <returns>" Did you mean 'gelu'?"; empty when <see cref="Of"/> finds none.</returns>
    public static string Question(string found, IEnumerable<string> candidates) => Question(Of(found, candidates));

    /// <summary>Returns a question to append to an error message.</summary>
    /// <param name="nearest">The result of <see cref="Of"/>.</param>
    /// <returns>" Did you mean 'gelu'?"; empty when <paramref name="nearest"/> is null.</returns>
    public static string Question(string? nearest) => nearest is null ? "" : $" Did you mean '{nearest}'?";

    // Number of letters with which both begin.
    private static int Start(string a, string b) =>
        a.Zip(b).TakeWhile(pair => char.ToUpperInvariant(pair.First) == char.ToUpperInvariant(pair.Second)).Count();

    private static string? Only(string[] names, Func<string, bool> fits) => names.Where(fits).ToArray() is [var only] ? only : null;

    private static bool IsJumbled(string found, string name)
    {
        List<char> letters = [.. name.ToUpperInvariant()];
        return found.Length > ShortestPart && found.Length == name.Length
            && found.ToUpperInvariant().Count(letters.Remove) >= found.Length - 1;
    }

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
