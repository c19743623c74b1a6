namespace Tenon.Host.Data;

/// <summary>A stratified subset of the examples.</summary>
internal static class Limited
{
    // Examples without a label also form a class.
    private const int NoClass = -1;

    /// <summary>Draws a subset. With the same seed, a larger subset contains the smaller one.</summary>
    /// <param name="examples">All examples. Each is read once, for its label.</param>
    /// <param name="most">Maximum size of the subset, at least 1.</param>
    /// <param name="random">Its seed determines which examples are chosen.</param>
    /// <returns>The subset in the source's order; the same object if there are no more examples than that.</returns>
    public static IExamples<TExample> Of<TExample>(IExamples<TExample> examples, int most, SeededRandom random) where TExample : Example
    {
        if (examples.Count <= most)
            return examples;
        var places = new List<(double Rank, int Label, long Place)>();
        foreach (IGrouping<int, long> group in Places(examples).GroupBy(place => examples[place].ClassLabel ?? NoClass))
        {
            long[] shuffled = [.. group];
            random.Fork(group.Key).Shuffle<long>(shuffled);
            // Relative rank of an example within its class, from 0 to 1: choosing the lowest ranks overall preserves the class
            // shares.
            places.AddRange(shuffled.Select((place, i) => ((i + 0.5) / shuffled.Length, group.Key, place)));
        }

        long[] chosen = [.. places.Order().Take(most).Select(entry => entry.Place).Order()];
        return new Selected<TExample>(examples, chosen.Length, index => chosen[index]);
    }

    private static IEnumerable<long> Places<TExample>(IExamples<TExample> examples) where TExample : Example
    {
        for (long place = 0; place < examples.Count; place++)
            yield return place;
    }
}
