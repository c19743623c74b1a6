namespace Tenon.Host.Data;

/// <summary>Some of the examples, in which each class keeps its share.</summary>
internal static class Limited
{
    // Examples without a label form a class too.
    private const int NoClass = -1;

    /// <summary>Draws. A larger number of the same seed takes the smaller one's examples and more.</summary>
    /// <param name="examples">All of them. Each is read once, for its label.</param>
    /// <param name="most">How many are taken, at least 1.</param>
    /// <param name="random">Its seed decides which.</param>
    /// <returns>In the source's order; the same object when there are no more than wanted.</returns>
    public static IExamples<TExample> Of<TExample>(IExamples<TExample> examples, int most, SeededRandom random) where TExample : Example
    {
        if (examples.Count <= most)
            return examples;
        var places = new List<(double Rank, int Label, long Place)>();
        foreach (IGrouping<int, long> group in Places(examples).GroupBy(place => examples[place].ClassLabel ?? NoClass))
        {
            long[] shuffled = [.. group];
            random.Fork(group.Key).Shuffle<long>(shuffled);
            // The position of an example within its class, from 0 to 1: the lowest positions of all have each class's share.
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
