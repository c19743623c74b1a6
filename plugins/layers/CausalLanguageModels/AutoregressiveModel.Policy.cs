namespace Tenon.Layers;

/// <content>
/// A language model as a policy: a state is the text so far, an action the next token. States of a <see cref="Rollout"/>
/// are <c>input_ids</c>, <c>attention_mask</c> and <c>labels</c> [B, P + T − 1], where <c>labels[t]</c> is the action taken
/// after <c>input_ids[t]</c>, or -100; log-probabilities and mask cover the last T of these columns. <c>answers</c> are the labels
/// of the inputs, if they have any: the data's responses. A batch of prompts and responses
/// (<see cref="PromptExample"/>, <see cref="PreferenceExample"/>) can be evaluated in the same way.
/// </content>
public abstract partial class AutoregressiveModel : IPolicy<TextOutcome>
{
    /// <inheritdoc/>
    public int FeatureSize => EmbeddingSize;

    /// <summary>
    /// Continues the prompts until an id of <see cref="EndOfText"/>, <see cref="SamplingOptions.MaxNewTokens"/> or the end of the context.
    /// A row's prompt consists of the tokens that its attention mask keeps, up to the first position that has a label. Without
    /// dropout; row i draws from <c>random.Fork(i)</c>. Stop texts and repetition penalty are not supported.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">An option is not supported, or a prompt fills the context.</exception>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random) =>
        Sample(inputs, options, random, CancellationToken.None);

    /// <summary>As above, checking for cancellation before each token.</summary>
    /// <inheritdoc/>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        PolicySampling.Check(options);
        int[][] prompts = TextRollout.Prompts(inputs);
        int longest = prompts.Max(prompt => prompt.Length);
        int steps = Math.Min(options.MaxNewTokens, ContextLength - longest);
        if (steps < 1)
        {
            throw new ModelException(
                $"A prompt has {longest} tokens, which leaves none of the context length {ContextLength} for actions. " +
                "Shorten the prompts.");
        }

        return PolicySampling.Sample(this, () =>
        {
            using var batch = new GenerationBatch(
                this, options with { MaxNewTokens = steps }, EndOfText, keepLogProbabilities: true);
            GenerationRow[] rows = [.. prompts.Select((prompt, row) => batch.Add(prompt, random.Fork(BatchPart.Place(row))))];
            TextRollout.Complete(batch, stop);

            return TextRollout.Of(rows, _configuration.EndOfText ?? 0, inputs);
        });
    }

    /// <inheritdoc/>
    public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        PolicySampling.Check(options);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor labels = rollout.States[BatchNames.Labels];
        long actions = rollout.Mask.size(1);
        long first = labels.size(1) - actions;
        Tensor hidden = Hidden(rollout.States[BatchNames.InputIds], rollout.States.Find(BatchNames.AttentionMask))
            .narrow(1, first, actions); // [B, T, E]
        return PolicySampling.Evaluate(Head(hidden), hidden, labels.narrow(1, first, actions), rollout.Mask, options)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The texts of the rows: prompt, response, whether an id that ends a text followed, and the response of the data.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<TextOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return TextRollout.Outcomes(TextRollout.Prompts(rollout.States), rollout.States, EndOfText, tokenizer);
    }
}
