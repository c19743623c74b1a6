using Tenon.Layers;

namespace Tenon.Gpt;

/// <content>
/// GPT as a policy: a state is the text so far, an action the next token. States of a <see cref="Rollout"/> are
/// <c>input_ids</c>, <c>attention_mask</c> and <c>labels</c> [B, P + T − 1], where <c>labels[t]</c> is the action that was
/// taken behind <c>input_ids[t]</c>, or -100; log-probabilities and mask cover the last T of these columns. A batch of
/// prompts and responses (<see cref="PromptExample"/>, <see cref="PreferenceExample"/>) can be judged in the same way.
/// </content>
public sealed partial class GptModel : IPolicy<TextOutcome>
{
    /// <inheritdoc/>
    public int FeatureSize => _options.HiddenSize!.Value;

    /// <summary>
    /// Continues the prompts until the end of text, <see cref="SamplingOptions.MaxNewTokens"/> or the end of the context.
    /// A row's prompt is what its attention mask keeps, up to the first position that has a label. Without dropout; row
    /// i draws from <c>random.Fork(i)</c>. Stop texts and repetition penalty are not supported.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">An option is not supported, or a prompt fills the context.</exception>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random) => Sample(inputs, options, random, CancellationToken.None);

    /// <summary>The same; looks for a stop before each token.</summary>
    /// <inheritdoc/>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(random);
        PolicySampling.Check(options);
        long[][] prompts = Prompts(inputs);
        int longest = prompts.Max(prompt => prompt.Length);
        int steps = Math.Min(options.MaxNewTokens, ContextLength - longest);
        if (steps < 1)
            throw new ModelException($"A prompt has {longest} tokens, which leaves none of the context length {ContextLength} for actions. Shorten the prompts.");

        return PolicySampling.Sample(this, () => Sample(prompts, longest, steps, options, random, stop));
    }

    /// <inheritdoc/>
    public PolicyJudgement Judge(Rollout rollout, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        PolicySampling.Check(options);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor labels = rollout.States[BatchNames.Labels];
        long actions = rollout.Mask.size(1);
        long first = labels.size(1) - actions;
        var pass = new GptPass { AttentionMask = rollout.States.Find(BatchNames.AttentionMask), Prompt = _prompt };
        Tensor hidden = Hidden(rollout.States[BatchNames.InputIds], pass).narrow(1, first, actions); // [B, T, E]
        Tensor taken = labels.narrow(1, first, actions).clamp(min: 0).unsqueeze(2); // [B, T, 1]
        Tensor logProbabilities = TokenDistribution.Logits(Head(hidden), options).log_softmax(-1); // [B, T, vocabulary]
        Tensor entropy = -(logProbabilities.exp() * logProbabilities).sum(-1L);
        return new PolicyJudgement(
            (logProbabilities.gather(2, taken).squeeze(2) * rollout.Mask).MoveToOuterDisposeScope(),
            (entropy * rollout.Mask).MoveToOuterDisposeScope(),
            hidden.MoveToOuterDisposeScope());
    }

    /// <summary>The texts of the rows: prompt and response apart, the end of text only told.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<TextOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        if (tokenizer is null)
            throw new ModelException("A policy's tokens are judged as text, and the run has no tokenizer. Name one in the recipe's 'tokenizer'.");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor labels = rollout.States[BatchNames.Labels];
        long columns = labels.size(1);
        long[] taken = Values(labels);
        return [.. Prompts(rollout.States).Select((prompt, row) =>
        {
            long[] response = [.. taken.Skip((int)(row * columns)).Take((int)columns).Where(id => id != BatchNames.Ignored)];
            bool ended = response.Length > 0 && response[^1] == _options.EndOfText;
            return new TextOutcome(Decode(prompt), Decode(ended ? response[..^1] : response), ended);
        })];

        string Decode(long[] ids) => tokenizer.Decode(ids.Select(id => (int)id));
    }

    private Rollout Sample(long[][] prompts, int longest, int steps, SamplingOptions options, SeededRandom random, CancellationToken stop)
    {
        int batch = prompts.Length;
        long pad = _options.EndOfText ?? 0;
        var ids = new long[batch, longest + steps];
        var mask = new long[batch, longest + steps];
        var labels = new long[batch, longest + steps - 1];
        var taken = new float[batch, steps];
        for (int row = 0; row < batch; row++)
        {
            for (int t = 0; t < longest + steps; t++)
            {
                int at = t - (longest - prompts[row].Length); // padding on the left
                ids[row, t] = at >= 0 && at < prompts[row].Length ? prompts[row][at] : pad;
                mask[row, t] = at >= 0 ? 1 : 0;
                if (t > 0)
                    labels[row, t - 1] = BatchNames.Ignored;
            }
        }

        SeededRandom[] chance = [.. Enumerable.Range(0, batch).Select(row => random.Fork(row))];
        torch.Device device = TokenEmbeddings.device;
        using IKeyValueCache cache = NewCache(batch, longest + steps);
        Tensor maskTensor = torch.tensor(mask, device: device); // [B, P + T]
        Tensor next = torch.tensor(ids, device: device).narrow(1, 0, longest); // [B, P], then [B, 1]
        var logProbabilities = new List<Tensor>(steps);
        var alive = Enumerable.Repeat(true, batch).ToArray();
        int step = 0;
        for (; step < steps && alive.Contains(true); step++)
        {
            stop.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor logits = Logits(next, maskTensor.narrow(1, 0, longest + step), cache, lastOnly: true).squeeze(1); // [B, vocabulary]
            Tensor distribution = TokenDistribution.Logits(logits, options);
            next = TokenDistribution.Draw(distribution, [.. chance.Select(source => source.NextDouble())]).unsqueeze(1); // [B, 1]
            logProbabilities.Add(distribution.log_softmax(-1).gather(1, next).MoveToOuterDisposeScope());
            long[] drawn = next.cpu().data<long>().ToArray();
            next.MoveToOuterDisposeScope();
            for (int row = 0; row < batch; row++)
            {
                if (!alive[row])
                    continue;
                ids[row, longest + step] = drawn[row];
                labels[row, longest + step - 1] = drawn[row];
                taken[row, step] = 1;
                alive[row] = drawn[row] != _options.EndOfText;
            }
        }

        long columns = longest + step - 1;
        Tensor actions = torch.tensor(taken, device: device).narrow(1, 0, step).contiguous();
        var states = new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = torch.tensor(ids, device: device).narrow(1, 0, columns).contiguous(),
                [BatchNames.AttentionMask] = maskTensor.narrow(1, 0, columns).contiguous(),
                [BatchNames.Labels] = torch.tensor(labels, device: device).narrow(1, 0, columns).contiguous(),
            },
            batch,
            taken.Cast<float>().LongCount(value => value > 0));
        return new Rollout(states, torch.cat(logProbabilities, 1) * actions, actions);
    }

    private static long[][] Prompts(Batch inputs)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor inputIds = inputs[BatchNames.InputIds];
        (long batch, long length) = (inputIds.size(0), inputIds.size(1));
        long[] ids = Values(inputIds);
        long[]? mask = inputs.Find(BatchNames.AttentionMask) is { } m ? Values(m) : null;
        long[]? labels = inputs.Find(BatchNames.Labels) is { } l ? Values(l) : null;
        var prompts = new long[batch][];
        for (long row = 0; row < batch; row++)
        {
            var prompt = new List<long>();
            for (long at = row * length; at < (row + 1) * length; at++)
            {
                if (mask?[at] != 0)
                    prompt.Add(ids[at]);
                if (labels is not null && labels[at] != BatchNames.Ignored)
                    break;
            }

            prompts[row] = prompt.Count > 0 ? [.. prompt] : throw new ModelException($"The prompt in row {row} has no token. A policy needs one to start from.");
        }

        return prompts;
    }

    private static long[] Values(Tensor tensor) => [.. tensor.cpu().contiguous().data<long>()];
}
