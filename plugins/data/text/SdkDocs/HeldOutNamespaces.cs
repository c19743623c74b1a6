namespace Tenon.Text.SdkDocs;

/// <summary>
/// Holds out everything about some namespaces, because the documentation of a type is often repeated almost word for word in its
/// siblings: <c>Vector64</c>, <c>Vector128</c>, <c>Vector256</c>.
/// </summary>
internal static class HeldOutNamespaces
{
    /// <summary>Chooses namespaces in random order, each of which has at most the rest of the share of all questions.</summary>
    /// <param name="namespaces">The namespace of each question.</param>
    /// <param name="share">Maximum share of the questions to hold out.</param>
    /// <param name="random">Determines the choice.</param>
    public static HashSet<string> Choose(IReadOnlyList<string> namespaces, double share, SeededRandom random)
    {
        Dictionary<string, int> counts = namespaces.GroupBy(name => name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        string[] names = [.. counts.Keys];
        random.Shuffle<string>(names);
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        double left = namespaces.Count * share;
        foreach (string name in names.Where(name => counts[name] <= left))
        {
            chosen.Add(name);
            left -= counts[name];
        }

        return chosen;
    }
}
