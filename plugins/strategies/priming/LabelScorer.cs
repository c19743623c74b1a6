namespace Tenon.Priming;

/// <summary>Computes log-probabilities of labels in prompts.</summary>
internal interface ILabelScorer
{
    /// <summary>Scores the labels in each prompt.</summary>
    /// <param name="prompts">At least one.</param>
    /// <returns>For each prompt, log p(word | prompt) of each label, divided by its number of tokens if requested.</returns>
    double[][] Score(IReadOnlyList<PrimedPrompt> prompts);
}

/// <summary>
/// Scores labels after prompts, or as targets of prompts that an encoder reads. The model is in eval mode, without gradients.
/// </summary>
/// <param name="model">The model that scores.</param>
/// <param name="answers">Tokens of the word of each label.</param>
/// <param name="lengthNormalized">Whether a word's log-probability is divided by its number of tokens.</param>
internal sealed class LabelScorer(ICausalLanguageModel model, IReadOnlyList<int[]> answers, bool lengthNormalized) : ILabelScorer
{
    /// <summary>Shorter prompts are padded on the left.</summary>
    /// <inheritdoc/>
    public double[][] Score(IReadOnlyList<PrimedPrompt> prompts)
    {
        var encoder = model as IEncoderDecoder;
        int[][] given = [.. prompts.Select(prompt => encoder is null ? prompt.Before : [encoder.DecoderStart])];
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device device = model.Module.parameters().First().device;
        int length = given.Max(prompt => prompt.Length);
        int longest = answers.Max(ids => ids.Length);
        Tensor ids = PadLeft(prompt => prompt.Select(id => (long)id)); // [B, T]
        Tensor mask = PadLeft(prompt => prompt.Select(_ => 1L));
        int capacity = length + longest - 1;
        using IKeyValueCache cache = encoder?.NewCache([.. prompts.Select(prompt => (int[])[.. prompt.Before, .. prompt.After])], capacity)
            ?? model.NewCache(given.Length, capacity);
        Tensor first = model.Logits(ids, mask, cache, lastOnly: true).select(1, 0).log_softmax(-1); // [B, V]

        int[] prompted = [.. cache.Lengths];
        var scores = new double[given.Length][];
        for (int row = 0; row < scores.Length; row++)
            scores[row] = new double[answers.Count];
        foreach ((int label, int[] answer) in answers.Index())
        {
            Tensor total = first.select(1, answer[0]); // [B]
            if (answer.Length > 1)
                total = total + Rest(answer, given.Length, cache, ids.device);
            float[] sums = total.cpu().data<float>().ToArray();
            for (int row = 0; row < scores.Length; row++)
                scores[row][label] = sums[row] / (lengthNormalized ? answer.Length : 1.0);
            foreach ((int row, int tokens) in prompted.Index())
                cache.Truncate(row, tokens);
        }

        return scores;

        Tensor PadLeft(Func<int[], IEnumerable<long>> row)
        {
            IEnumerable<long> padded = given.SelectMany(prompt => Enumerable.Repeat(0L, length - prompt.Length).Concat(row(prompt)));
            return torch.tensor(padded.ToArray(), device: device).view(given.Length, length);
        }
    }

    // Log-probability of the tokens of a word after its first: [B]
    private Tensor Rest(int[] answer, int rows, IKeyValueCache cache, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor given = ForEachRow(answer[..^1]).contiguous(); // [B, L - 1]
        Tensor wanted = ForEachRow(answer[1..]).unsqueeze(2); // [B, L - 1, 1]
        return model.Logits(given, cache: cache).log_softmax(-1).gather(2, wanted).squeeze(2).sum(1L).MoveToOuterDisposeScope();

        Tensor ForEachRow(int[] ids) =>
            torch.tensor(Array.ConvertAll(ids, id => (long)id), device: device).unsqueeze(0).expand(rows, -1);
    }
}
