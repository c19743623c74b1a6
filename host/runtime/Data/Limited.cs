namespace Tenon.Host.Data;

/// <summary>Some of the examples, each class with its share of them.</summary>
internal static class Limited
{
    /// <summary>Draws. A larger number of the same seed takes the smaller one's examples and more.</summary>
    /// <param name="examples">All of them. Each is looked at once, for its label.</param>
    /// <param name="most">How many are taken, at least 1.</param>
    /// <param name="random">Its seed decides which.</param>
    /// <returns>In the source's order; the same object when there are no more than wanted.</returns>
    public static IExamples<TExample> Of<TExample>(IExamples<TExample> examples, int most, SeededRandom random) where TExample : Example
    {
        if (examples.Count <= most)
            return examples;
        var places = new List<(double Rank, int Label, long Place)>();
        foreach (IGrouping<int, long> group in Places(examples).GroupBy(place => Label(examples[place])))
        {
            long[] shuffled = [.. group];
            random.Fork(group.Key).Shuffle<long>(shuffled);
            // Where in its class an example stands, from 0 to 1: the first so many of all have each class's share.
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

    // Those without a label are a class of their own.
    private static int Label(Example example) => example switch
    {
        LabelledTextExample text => text.Label,
        TextPairExample { Label: { } label } => label,
        ImageExample { Label: { } label } => label,
        _ => -1,
    };
}
