using Tenon.Layers;

namespace Tenon.Bert;

/// <content>
/// BERT as a policy of one step. With a classification head, the action is the class of a text. With a masked-language head, a
/// state is a text with one mask and the action is the token at its position: states of a <see cref="Rollout"/> then contain
/// <c>positions</c> [B], the position of the mask, and <c>labels</c> [B], the original token, or -100 if it is unknown.
/// </content>
public sealed partial class BertModel : IPolicy<ChoiceOutcome>
{
    private const string Positions = "positions";

    /// <summary>The hidden size: features are the pooled first token, or the hidden state at the mask.</summary>
    /// <inheritdoc/>
    public int FeatureSize => EmbeddingSize;

    /// <summary>
    /// Chooses a class, or a token for one mask of each text, without dropout; row i draws from <c>random.Fork(i)</c>. If several
    /// tokens of a text are masked, one of them is drawn and the others are restored; in a text without labels, the first
    /// <c>[MASK]</c> is used. A row that equals the previous one has the same mask, so that samples for one text can be compared.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">
    /// An option is not supported (repetition penalty, stop texts), a text has no mask, or the head does not choose anything.
    /// </exception>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(random);
        return PolicySampling.Sample(this, () =>
        {
            using Batch gaps = _predictions is null ? Copy(inputs, []) : OneGap(inputs, random.Fork("gap"));
            return ChoicePolicy.Sample(gaps, batch => Choice(batch).Logits, options, random);
        });
    }

    /// <inheritdoc/>
    public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor features, Tensor logits) = Choice(rollout.States);
        return ChoicePolicy.Evaluate(rollout, logits, features, options).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The chosen classes, or the chosen tokens in the tokenizer's spelling, with the correct ones if the inputs had labels.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyList<ChoiceOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer)
    {
        if (_predictions is null)
            return ChoicePolicy.Outcomes(rollout, choice => Labels[choice]);
        if (tokenizer is null)
            throw new ModelException("A policy's tokens are scored as text, but the run has no tokenizer. Set 'tokenizer' in the recipe.");
        return ChoicePolicy.Outcomes(rollout, choice => choice < tokenizer.VocabularySize ? tokenizer.TokenText(choice) : "");
    }

    // [B, E] and [B, classes or vocabulary]
    private (Tensor Features, Tensor Logits) Choice(Batch states)
    {
        if (!MakesOneChoice)
            throw NoChoice;
        Tensor hidden = Hidden(states); // [B, N, E]
        if (_predictions is null)
        {
            Tensor pooled = _encoder.Pool(hidden);
            return (pooled, Classify(pooled));
        }

        Tensor tokens = VirtualTokens.Without(hidden, states[BatchNames.InputIds].size(1)); // [B, T, E]
        Tensor gap = states[Positions].view(-1, 1, 1).expand(-1, 1, tokens.size(2)); // [B] -> [B, 1, E]
        Tensor features = tokens.gather(1, gap).squeeze(1); // [B, E]
        return (features, Decode(features));
    }

    // The same texts with one masked token in each.
    private Batch OneGap(Batch inputs, SeededRandom random)
    {
        long mask = Special(_options.MaskToken, "maskToken", "[MASK]");
        Tensor inputIds = inputs[BatchNames.InputIds];
        (long rows, long length) = (inputIds.size(0), inputIds.size(1));
        long[] original = Values(inputIds), ids = [.. original];
        long[]? labels = inputs.Find(BatchNames.Labels) is { } given ? Values(given) : null;
        var positions = new long[rows];
        var right = new long[rows];
        for (long row = 0; row < rows; row++)
        {
            long start = row * length;
            long[] hidden = labels is not null
                ? [.. LongRange(length).Where(at => labels[start + at] != BatchNames.Ignored)]
                : [.. LongRange(length).Where(at => ids[start + at] == mask).Take(1)];
            if (hidden.Length == 0)
                throw new ModelException($"The text in row {row} has no [MASK]. A policy that fills masks needs one in each text.");
            long gap = positions[row] = Repeats(row)
                ? positions[row - 1] : hidden[random.Fork(BatchPart.Place(row)).Next(hidden.Length)];
            right[row] = labels is null ? BatchNames.Ignored : labels[start + gap];
            foreach (long at in hidden)
                ids[start + at] = at == gap ? mask : labels![start + at];
        }

        return Copy(inputs, new()
        {
            [BatchNames.InputIds] = torch.tensor(ids, [rows, length], device: inputIds.device),
            [BatchNames.Labels] = torch.tensor(right, device: inputIds.device),
            [Positions] = torch.tensor(positions, device: inputIds.device),
        });

        bool Repeats(long row) => row > 0 && Row(original, row).SequenceEqual(Row(original, row - 1))
            && (labels is null || Row(labels, row).SequenceEqual(Row(labels, row - 1)));
        ReadOnlySpan<long> Row(long[] values, long row) => values.AsSpan((int)(row * length), (int)length);
        static long[] Values(Tensor tensor) => [.. tensor.cpu().contiguous().data<long>()];
        static IEnumerable<long> LongRange(long count) => Enumerable.Range(0, (int)count).Select(at => (long)at);
    }

    private static Batch Copy(Batch inputs, Dictionary<string, Tensor> changed) => new(
        inputs.Names.Except(changed.Keys).Select(name => KeyValuePair.Create(name, inputs[name].clone())).Concat(changed),
        inputs.Examples, inputs.Examples);
}
