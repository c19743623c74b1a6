namespace Tenon.Layers;

/// <summary>Suggests the valid name that a mistyped one probably stands for.</summary>
public static class NearestName
{
    /// <summary>A question to append to an error message.</summary>
    /// <param name="found">The name that is not valid.</param>
    /// <param name="names">The valid names.</param>
    /// <returns>" Did you mean 'gelu'?"; empty when at most a third of the letters, and at least one, may differ and no name is that close.</returns>
    public static string Question(string found, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(names);
        (string? nearest, int distance) = names.Select(name => (name, Distance(name, found))).DefaultIfEmpty((found, int.MaxValue)).MinBy(pair => pair.Item2);
        return distance <= Math.Max(1, found.Length / 3) ? $" Did you mean '{nearest}'?" : "";
    }

    // Levenshtein's distance with one row of the table.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
