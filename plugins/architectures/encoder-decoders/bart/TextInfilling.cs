using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>
/// BART's pre-training objective (Lewis et al. 2019, section 2.2): spans whose lengths follow a Poisson distribution are replaced with
/// one mask token each, until a share of the tokens is hidden; the decoder restores the whole text. Sentences are not permuted.
/// </summary>
/// <param name="options">Resolved options.</param>
internal sealed class TextInfilling(BartOptions options)
{
    private const int TriesPerToken = 10;

    private readonly int[] _begin = options.BeginOfText is { } begin ? [begin] : [];
    private readonly int _end = ResolvedOptions.Value(options.EndOfText);

    /// <summary>Tokens in a block.</summary>
    /// <param name="context">Longest source and longest target in tokens.</param>
    public int BlockLength(int context) => context - _begin.Length - 1;

    /// <summary>Hides spans of a block.</summary>
    /// <param name="ids">The block.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="context">Longest source in tokens.</param>
    public TokenPair Apply(int[] ids, SeededRandom random, int context)
    {
        int mask = ResolvedOptions.Value(options.MaskToken);
        int left = Math.Max(1, (int)Math.Round(ids.Length * options.HiddenShare));
        var starts = new SortedDictionary<int, int>();
        var isHidden = new bool[ids.Length];
        // Spans that would overlap are drawn again; there may be no room for the last ones.
        for (int tries = 0; left > 0 && tries < TriesPerToken * ids.Length; tries++)
        {
            // A span of length 0 hides nothing, so it counts as a token, and the text does not get longer.
            int length = Math.Min(Poisson(random), left);
            int start = (int)random.Next(ids.Length - length + 1);
            if (starts.ContainsKey(start) || isHidden.AsSpan(start, length).Contains(true))
                continue;
            left -= Math.Max(1, length);
            starts.Add(start, length);
            isHidden.AsSpan(start, length).Fill(true);
        }

        var source = new List<int>(_begin);
        for (int at = 0; at <= ids.Length; at++)
        {
            if (starts.ContainsKey(at))
                source.Add(mask);
            if (at < ids.Length && !isHidden[at])
                source.Add(ids[at]);
        }

        source.Add(_end);
        // Insertions can exceed the number of hidden tokens in a short block.
        return new TokenPair([.. source.Take(context)], [.. _begin, .. ids, _end]);
    }

    // Knuth (1969), section 3.4.1: the number of uniform factors whose product stays above e^-λ.
    private int Poisson(SeededRandom random)
    {
        double threshold = Math.Exp(-options.MeanSpan);
        int count = 0;
        for (double product = random.NextDouble(); product > threshold; product *= random.NextDouble())
            count++;
        return count;
    }
}
