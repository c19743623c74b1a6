namespace Tenon.Host.Evaluation.Baselines;

/// <summary>How well a model predicts the validation targets.</summary>
/// <param name="CrossEntropy">Mean over the targets of the negative log-probability, in nats.</param>
internal readonly record struct CountBaseline(double CrossEntropy)
{
    /// <summary>e to the power of the cross-entropy.</summary>
    public double Perplexity => Math.Exp(CrossEntropy);
}

/// <summary>Count models to compare a language model with: what they reach, it has learned no more than frequencies.</summary>
/// <param name="Unigram">Predicts each token by its frequency, half an occurrence added to each (Lidstone).</param>
/// <param name="Bigram">
/// Predicts each token by the one before, interpolated with the unigram after Witten and Bell (Chen and Goodman 1998,
/// section 2.5).
/// </param>
/// <param name="Targets">Validation targets predicted.</param>
internal sealed record CountBaselines(CountBaseline Unigram, CountBaseline Bigram, long Targets)
{
    private const double Lidstone = 0.5;

    /// <summary>Counts, and predicts the targets of the validation blocks: each token but the first of a block.</summary>
    /// <param name="train">Blocks to count; as with the model, each overlaps the one before by a token or more.</param>
    /// <param name="validation">Blocks to predict.</param>
    /// <param name="vocabularySize">Number of ids.</param>
    /// <param name="mostTrainTokens">Only as many tokens from the start are counted, which bounds time and memory.</param>
    /// <param name="overlap">Tokens that a block shares with the one before; they are targets of that one.</param>
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
                ref int pair = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(pairs, Key(ids[i - 1], ids[i]), out bool known);
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

                // After a token that was never seen, the unigram is all there is.
                double weight = contexts[before] + (double)followers[before];
                bigram -= Math.Log(weight == 0
                    ? frequency
                    : (pairs.GetValueOrDefault(Key(before, ids[i])) + followers[before] * frequency) / weight);
            }
        }

        return new CountBaselines(new CountBaseline(unigram / targets), new CountBaseline(bigram / targets), targets);
    }

    /// <summary>Predicts hidden tokens by their frequency, half an occurrence added to each (Lidstone).</summary>
    /// <param name="train">Blocks to count.</param>
    /// <param name="validation">Batches with the tokens that are hidden as <see cref="BatchNames.Labels"/>.</param>
    /// <param name="vocabularySize">Number of ids.</param>
    /// <param name="never">Ids that are never hidden, and not counted.</param>
    /// <param name="mostTrainTokens">Only as many tokens from the start are counted.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>The loss, and the share of the hidden tokens that are the most frequent one.</returns>
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
