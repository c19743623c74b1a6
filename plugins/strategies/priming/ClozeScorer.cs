namespace Tenon.Priming;

/// <summary>
/// Scores labels as masked words (cloze prompts; Schick and Schütze 2021, section 2). A word of several tokens has one mask per
/// token; masks are predicted independently, as in pre-training. The model is in eval mode, without gradients.
/// </summary>
/// <param name="model">The model that scores.</param>
/// <param name="answers">Tokens of the word of each label.</param>
/// <param name="special">The tokenizer's.</param>
/// <param name="lengthNormalized">Whether a word's log-probability is divided by its number of tokens.</param>
/// <exception cref="ModelException">The tokenizer has no mask token.</exception>
internal sealed class ClozeScorer(
    IMaskedLanguageModel model, IReadOnlyList<int[]> answers, SpecialTokens special, bool lengthNormalized) : ILabelScorer
{
    private readonly int _mask = special.Mask
        ?? throw new ModelException(
            "The tokenizer has no mask token, so there is nothing to predict. Use a model whose tokenizer has one.");

    /// <inheritdoc/>
    public double[][] Score(IReadOnlyList<PrimedPrompt> prompts)
    {
        var scores = new double[prompts.Count][];
        for (int row = 0; row < scores.Length; row++)
            scores[row] = new double[answers.Count];
        foreach (IGrouping<int, (int Label, int[] Ids)> same in answers.Index()
            .GroupBy(answer => answer.Item.Length, answer => (answer.Index, answer.Item)))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor logProbabilities = Gaps(prompts, same.Key); // [B, gaps, V]
            foreach ((int label, int[] ids) in same)
            {
                // [B, gaps, 1]
                Tensor wanted =
                    torch.tensor(Array.ConvertAll(ids, id => (long)id), device: logProbabilities.device).view(1, -1, 1).expand(
                        prompts.Count, -1, 1);
                float[] sums = logProbabilities.gather(2, wanted).sum([1L, 2L]).cpu().data<float>().ToArray();
                for (int row = 0; row < scores.Length; row++)
                    scores[row][label] = sums[row] / (lengthNormalized ? ids.Length : 1.0);
            }
        }

        return scores;
    }

    // Log-probabilities at the masks of each prompt: [B, gaps, V]
    private Tensor Gaps(IReadOnlyList<PrimedPrompt> prompts, int gaps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device device = model.Module.parameters().First().device;
        int length = prompts.Max(prompt => prompt.Before.Length + gaps + prompt.After.Length);
        long[][] ids = [.. prompts.Select(prompt => (long[])[.. prompt.Before, .. Enumerable.Repeat(_mask, gaps), .. prompt.After])];
        using var batch = new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = Rows((row, at) => at < ids[row].Length ? ids[row][at] : special.Pad ?? 0),
                [BatchNames.AttentionMask] = Rows((row, at) => at < ids[row].Length ? 1 : 0),
                [BatchNames.Labels] =
                    Rows((row, at) => at >= prompts[row].Before.Length && at < prompts[row].Before.Length + gaps ? 0 : BatchNames.Ignored),
            },
            prompts.Count, (long)prompts.Count * gaps);
        // [B·gaps, V] -> [B, gaps, V]
        return model.TargetLogits(batch).log_softmax(-1).view(prompts.Count, gaps, -1).MoveToOuterDisposeScope();

        Tensor Rows(Func<int, int, long> value) => torch.tensor(
            [.. Enumerable.Range(0, prompts.Count).SelectMany(row => Enumerable.Range(0, length).Select(at => value(row, at)))],
            device: device).view(prompts.Count, length);
    }
}
