using System.Globalization;
using Tenon.Layers;

namespace Tenon.T5;

/// <summary>
/// T5's pre-training objective (Raffel et al. 2019, section 3.1.4): a share of the tokens is hidden in spans of random lengths with a
/// fixed mean, which are as far apart as chance has it. Visible and hidden spans alternate, starting with a visible one.
/// </summary>
/// <param name="options">Resolved options.</param>
internal sealed class SpanCorruption(T5Options options)
{
    /// <summary>The longest block whose source and target fit in a context, with an end of text, and need no more sentinels.</summary>
    /// <param name="context">Longest source and longest target in tokens.</param>
    public int BlockLength(int context)
    {
        int length = 2;
        while (Fits(length + 1))
            length++;
        return length;

        bool Fits(int tokens)
        {
            (int hidden, int spans) = Counts(options, tokens);
            return tokens - hidden + spans + 1 <= context && hidden + spans + 1 <= context && spans <= options.Sentinels;
        }
    }

    /// <summary>Corrupts a block.</summary>
    /// <param name="ids">At least two tokens.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="tokenizer">The run's tokenizer, which may have sentinels; or null.</param>
    public TokenPair Apply(int[] ids, SeededRandom random, ITokenizer? tokenizer)
    {
        (int hidden, int spans) = Counts(options, ids.Length);
        int[] hiddenLengths = Cut(hidden, spans, random), visibleLengths = Cut(ids.Length - hidden, spans, random);
        List<int> source = [], target = [];
        int at = 0;
        for (int span = 0; span < spans; span++)
        {
            int sentinel = Sentinel(span, tokenizer);
            source.AddRange(ids.AsSpan(at, visibleLengths[span]));
            at += visibleLengths[span];
            source.Add(sentinel);
            target.Add(sentinel);
            target.AddRange(ids.AsSpan(at, hiddenLengths[span]));
            at += hiddenLengths[span];
        }

        int end = ResolvedOptions.Value(options.EndOfText);
        return new TokenPair([.. source, end], [.. target, end]);
    }

    // <extra_id_0> has the highest id of the published vocabularies.
    private int Sentinel(int span, ITokenizer? tokenizer) =>
        tokenizer?.TokenId(string.Create(CultureInfo.InvariantCulture, $"<extra_id_{span}>"))
        ?? ResolvedOptions.Value(options.VocabularySize) - 1 - span;

    // Number of hidden tokens and of spans; there is at least one of each, and at least one visible token for each span.
    private static (int Hidden, int Spans) Counts(T5Options options, int length)
    {
        int hidden = Math.Clamp((int)Math.Round(length * options.HiddenShare), 1, length - 1);
        int spans = Math.Clamp((int)Math.Round(hidden / options.MeanSpan), 1, Math.Min(hidden, length - hidden));
        return (hidden, spans);
    }

    // Random lengths of at least 1 with a given sum.
    private static int[] Cut(int sum, int parts, SeededRandom random)
    {
        int[] ends = [.. Enumerable.Range(1, sum - 1)];
        random.Shuffle(ends.AsSpan());
        int[] cuts = [0, .. ends.Take(parts - 1).Order(), sum];
        return [.. cuts.Zip(cuts.Skip(1), (start, end) => end - start)];
    }
}
