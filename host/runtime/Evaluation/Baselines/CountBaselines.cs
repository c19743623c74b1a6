namespace Tenon.Host.Evaluation.Baselines;

/// <summary>Measures how well a model predicts the validation targets.</summary>
/// <param name="CrossEntropy">Mean negative log-probability of the targets, in nats.</param>
internal readonly record struct CountBaseline(double CrossEntropy)
{
    /// <summary>e to the power of the cross-entropy.</summary>
    public double Perplexity => Math.Exp(CrossEntropy);
}

/// <summary>
/// Count models, a baseline for language models: a model that does not beat them has learned nothing but frequencies.
/// </summary>
/// <param name="Unigram">Predicts each token by its frequency with add-½ smoothing (Lidstone).</param>
/// <param name="Bigram">
/// Predicts each token from the previous one, with Witten-Bell interpolation of the unigram model (Chen and Goodman 1998,
/// section 2.5).
/// </param>
/// <param name="Targets">Number of validation targets predicted.</param>
internal sealed record CountBaselines(CountBaseline Unigram, CountBaseline Bigram, long Targets)
{
    private const double Lidstone = 0.5;

    /// <summary>Counts tokens and predicts the targets of the validation blocks: every token except the first of a block.</summary>
    /// <param name="train">Blocks to count; as for the model, each overlaps the previous one by one or more tokens.</param>
    /// <param name="validation">Blocks to predict.</param>
    /// <param name="vocabularySize">Vocabulary size.</param>
    /// <param name="mostTrainTokens">Maximum number of tokens counted, from the start; bounds time and memory.</param>
    /// <param name="overlap">Number of tokens that a block shares with the previous one, in which they are targets.</param>
    /// <param name="stop">Cancels the work.</param>
    public static CountBaselines Of(
        IExamples<TokenBlock> train, IExamples<TokenBlock> validation, int vocabularySize, int overlap = 1,
        long mostTrainTokens = 20_000_000, CancellationToken stop = default)
    {
        int firstTarget = Math.Max(1, overlap);
        long[] counts = new long[vocabularySize];
        long[] contexts = new long[vocabularySize];
        int[] followers = new int[vocabularySize];
        var pairs = new Dictionary<long, int>();
        long tokens = 0;
        long perBlock = Math.Max(1, train[0].Ids.Length - firstTarget);
        long blocks = Math.Clamp(mostTrainTokens / perBlock, 1, train.Count);
        for (long block = 0; block < blocks; block++)
        {
            stop.ThrowIfCancellationRequested();
            ReadOnlySpan<int> ids = train[block].Ids.Span;
            for (int i = firstTarget; i < ids.Length; i++)
            {
                tokens++;
                counts[ids[i]]++;
                contexts[ids[i - 1]]++;
                ref int pair = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                    pairs, Key(ids[i - 1], ids[i]), out bool known);
                pair++;
                if (!known)
                    followers[ids[i - 1]]++;
            }
        }

        double unigram = 0;
        double bigram = 0;
        long targets = 0;
        for (long block = 0; block < validation.Count; block++)
        {
            stop.ThrowIfCancellationRequested();
            ReadOnlySpan<int> ids = validation[block].Ids.Span;
            for (int i = firstTarget; i < ids.Length; i++)
            {
                targets++;
                int before = ids[i - 1];
                double frequency = (counts[ids[i]] + Lidstone) / (tokens + Lidstone * vocabularySize);
                unigram -= Math.Log(frequency);

                // After a token that was never counted, only the unigram is available.
                double weight = contexts[before] + (double)followers[before];
                bigram -= Math.Log(weight == 0
                    ? frequency
                    : (pairs.GetValueOrDefault(Key(before, ids[i])) + followers[before] * frequency) / weight);
            }
        }

        return new CountBaselines(new CountBaseline(unigram / targets), new CountBaseline(bigram / targets), targets);
    }

    /// <summary>Predicts masked tokens by their frequency with add-½ smoothing (Lidstone).</summary>
    /// <param name="train">Blocks to count.</param>
    /// <param name="validation">Batches with the masked tokens as <see cref="BatchNames.Labels"/>.</param>
    /// <param name="vocabularySize">Vocabulary size.</param>
    /// <param name="never">Ids that are never masked and therefore not counted.</param>
    /// <param name="mostTrainTokens">Maximum number of tokens counted, from the start.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>The loss, and the share of masked tokens that equal the most frequent token.</returns>
    public static (CountBaseline Unigram, double Accuracy) OfHidden(
        IExamples<TokenBlock> train, IBatchSource validation, int vocabularySize, IReadOnlySet<int> never,
        long mostTrainTokens = 20_000_000, CancellationToken stop = default)
    {
        long[] counts = new long[vocabularySize];
        long tokens = 0;
        for (long block = 0; block < train.Count && tokens < mostTrainTokens; block++)
        {
            stop.ThrowIfCancellationRequested();
            foreach (int id in train[block].Ids.Span)
            {
                if (never.Contains(id))
                    continue;
                counts[id]++;
                tokens++;
            }
        }

        int first = Array.IndexOf(counts, counts.Max());
        double loss = 0;
        long targets = 0;
        long right = 0;
        for (long index = 0; index < validation.BatchesPerEpoch; index++)
        {
            stop.ThrowIfCancellationRequested();
            using Batch batch = validation.Get(index);
            using TorchSharp.torch.Tensor labels = batch[BatchNames.Labels].cpu();
            foreach (long label in labels.data<long>())
            {
                if (label == BatchNames.Ignored)
                    continue;
                targets++;
                right += label == first ? 1 : 0;
                loss -= Math.Log((counts[label] + Lidstone) / (tokens + Lidstone * vocabularySize));
            }
        }

        return (new CountBaseline(loss / targets), right / (double)targets);
    }

    private static long Key(int before, int token) => ((long)before << 32) | (uint)token;
}
