namespace Tenon.Layers;

/// <content>
/// A language model as a policy: a state is the text so far, an action the next token. States of a <see cref="Rollout"/>
/// are <c>input_ids</c>, <c>attention_mask</c> and <c>labels</c> [B, P + T − 1], where <c>labels[t]</c> is the action taken
/// after <c>input_ids[t]</c>, or -100; log-probabilities and mask cover the last T of these columns. <c>answers</c> are the labels
/// of the inputs, if they have any: the data's responses. A batch of prompts and responses
/// (<see cref="PromptExample"/>, <see cref="PreferenceExample"/>) can be evaluated in the same way.
/// </content>
public abstract partial class CausalLanguageModel : IPolicy<TextOutcome>
{
    /// <inheritdoc/>
    public int FeatureSize => EmbeddingSize;

    /// <summary>
    /// Continues the prompts until an id of <see cref="EndOfText"/>, <see cref="SamplingOptions.MaxNewTokens"/> or the end of the context.
    /// A row's prompt consists of the tokens that its attention mask keeps, up to the first position that has a label. Without
    /// dropout; row
    /// i draws from <c>random.Fork(i)</c>. Stop texts and repetition penalty are not supported.
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
            GenerationRow[] rows = [.. prompts.Select((prompt, row) => batch.Add(prompt, random.Fork(row)))];
            while (batch.Rows.Count > 0)
            {
                stop.ThrowIfCancellationRequested();
                batch.Step();
            }

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
        var pass = new CausalPass { AttentionMask = rollout.States.Find(BatchNames.AttentionMask), Prompt = Prompt };
        Tensor hidden = Hidden(rollout.States[BatchNames.InputIds], pass).narrow(1, first, actions); // [B, T, E]
        Tensor taken = labels.narrow(1, first, actions).clamp(min: 0).unsqueeze(2); // [B, T, 1]
        Tensor logProbabilities = TokenDistribution.Logits(Head(hidden), options).log_softmax(-1); // [B, T, vocabulary]
        Tensor entropy = -(logProbabilities.exp() * logProbabilities).sum(-1L);
        return new PolicyEvaluation(
            (logProbabilities.gather(2, taken).squeeze(2) * rollout.Mask).MoveToOuterDisposeScope(),
            (entropy * rollout.Mask).MoveToOuterDisposeScope(),
            hidden.MoveToOuterDisposeScope());
    }

    /// <summary>The texts of the rows: prompt, response, whether an id that ends a text followed, and the response of the data.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<TextOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        if (tokenizer is null)
        {
            throw new ModelException(
                "A policy's tokens are scored as text, but the run has no tokenizer. Set 'tokenizer' in the recipe.");
        }

        return
        [
            .. TextRollout.Prompts(rollout.States)
                .Zip(TextRollout.Actions(rollout.States), TextRollout.ResponsesOfData(rollout.States, EndOfText))
                .Select(row =>
                {
                    (int[] prompt, int[] response, int[] answer) = row;
                    bool ended = response.Length > 0 && EndOfText.Contains(response[^1]);
                    return new TextOutcome(tokenizer.Decode(prompt), tokenizer.Decode(ended ? response[..^1] : response), ended)
                    {
                        Answer = answer.Length > 0 ? tokenizer.Decode(answer) : null,
                    };
                }),
        ];
    }
}
