using System.Reflection;

namespace Tenon.Rewards;

/// <summary>How word values are combined into the score of a text.</summary>
public enum LexiconScore
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their sum divided by the number of all words; 0 for a text without words.</summary>
    Mean,

    /// <summary>1, 0 or −1: the sign of their sum.</summary>
    Sign,
}

/// <summary>Options of <c>lexicon</c>.</summary>
public sealed record LexiconOptions
{
    /// <summary>
    /// File of words or phrases with their values, tab-separated, relative to the recipe. Defaults to the built-in AFINN list
    /// of 3,381 English words from −5 (bad) to 5 (good) (Nielsen 2011).
    /// </summary>
    [Path]
    public string? File { get; init; }

    /// <summary>How the values of a response's words are combined into its score.</summary>
    public LexiconScore Score { get; init; } = LexiconScore.Sum;
}

/// <summary>Scores responses by the words that they contain.</summary>
[Reward("lexicon", "Values of the words in a response, from your list or the built-in AFINN sentiment lexicon")]
public sealed class LexiconRewards : IRewardFactory<LexiconOptions, TextOutcome>
{
    /// <inheritdoc/>
    public IReward<TextOutcome> Open(LexiconOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (options.File is null)
        {
            using Stream shipped = Assembly.GetExecutingAssembly().GetManifestResourceStream("afinn-165.tsv")
                ?? throw new InvalidOperationException("afinn-165.tsv is missing from the plugin.");
            return new LexiconReward(Lexicon.Read("afinn-165.tsv", shipped), options.Score);
        }

        string file = Path.GetFullPath(options.File, context.BaseDirectory);
        if (!File.Exists(file))
            throw new DataException(
                $"The word list '{file}' does not exist. Set the reward's 'file' to a file of tab-separated words and values.");
        using Stream own = File.OpenRead(file);
        return new LexiconReward(Lexicon.Read(file, own), options.Score);
    }

    private sealed class LexiconReward(Lexicon lexicon, LexiconScore score) : IReward<TextOutcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) => [.. outcomes.Select(outcome =>
        {
            (double sum, int words) = lexicon.Value(outcome.Response);
            return score switch
            {
                LexiconScore.Mean => words == 0 ? 0 : sum / words,
                LexiconScore.Sign => Math.Sign(sum),
                _ => sum,
            };
        })];
    }
}
