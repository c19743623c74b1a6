namespace Tenon.Bert;

/// <summary>
/// Masks tokens for the model to predict (Devlin et al. 2018, section 3.1 and appendix A.1): a share of each sequence, rounded,
/// and at least one token.
/// </summary>
/// <param name="options">Resolved options: the shares.</param>
/// <param name="maskToken">Replaces most masked tokens.</param>
/// <param name="vocabulary">Random replacements are drawn from [0, vocabulary).</param>
internal sealed class BertMasking(BertOptions options, long maskToken, long vocabulary)
{
    /// <summary>Masks tokens of one sequence.</summary>
    /// <param name="ids">The sequence, changed in place.</param>
    /// <param name="units">Positions that are masked together: single tokens or whole words. Their order is changed.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <returns>The token to predict at each position, or -100.</returns>
    public long[] Apply(long[] ids, int[][] units, SeededRandom random)
    {
        var labels = new long[ids.Length];
        Array.Fill(labels, BatchNames.Ignored);
        int wanted = Math.Max(1, (int)Math.Round(options.MaskShare * units.Sum(unit => unit.Length), MidpointRounding.AwayFromZero));
        int taken = 0;
        random.Shuffle(units.AsSpan());
        foreach (int[] unit in units)
        {
            // A word that would exceed the share is skipped unless it would be the only one.
            if (taken > 0 && taken + unit.Length > wanted)
                continue;
            foreach (int position in unit)
            {
                labels[position] = ids[position];
                ids[position] = Replacement(ids[position], random);
            }

            taken += unit.Length;
            if (taken >= wanted)
                break;
        }

        return labels;
    }

    private long Replacement(long id, SeededRandom random)
    {
        double chance = random.NextDouble();
        if (chance < options.MaskTokenShare)
            return maskToken;
        return chance < options.MaskTokenShare + options.RandomShare ? random.Next(vocabulary) : id;
    }
}
