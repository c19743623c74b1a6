namespace Tenon.Layers;

/// <content>
/// A model with an encoder as a policy: a state is a source with the target so far, an action the next token. States of a
/// <see cref="Rollout"/> are <c>input_ids</c> and <c>attention_mask</c> [B, S], <c>decoder_input_ids</c> and <c>labels</c> [B, T], where
/// <c>labels[t]</c> is the action taken after <c>decoder_input_ids[t]</c>, or -100. <c>answers</c> are the labels of the inputs, if they
/// have any: the data's targets.
/// </content>
public abstract partial class SequenceToSequenceModel : IPolicy<TextOutcome>, ICollate<PreferenceExample>
{
    /// <summary>
    /// Rows 0 … B − 1 are the prompts as sources with the preferred responses as targets, rows B … 2B − 1 those with the rejected ones.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="DataException">An example is a conversation, which has no single source text.</exception>
    public Batch Collate(IReadOnlyList<PreferenceExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        IEnumerable<TokenPair> chosen = examples.Select(example => Encode(example, example.Chosen));
        IEnumerable<TokenPair> rejected = examples.Select(example => Encode(example, example.Rejected));
        return Collation.Pad([.. chosen, .. rejected], examples.Count);

        TokenPair Encode(PreferenceExample example, string response)
        {
            if (example.Conversation is not null)
                throw new DataException("An encoder reads one source text, but an example is a conversation. Use prompts with responses.");
            return EncodePrompt(example.Prompt, response, tokenizer, context);
        }
    }

    /// <summary>
    /// Generates a target for each source until an id of <see cref="EndOfText"/>, <see cref="SamplingOptions.MaxNewTokens"/> or the end of
    /// the context. Without dropout; row i draws from <c>random.Fork(i)</c>. Stop texts, repetition penalty and constraints are not
    /// supported.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">An option is not supported.</exception>
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
        int[][] sources = SourcesOf(inputs);
        return PolicySampling.Sample(this, () =>
        {
            SamplingOptions limited = options with { MaxNewTokens = Math.Min(options.MaxNewTokens, ContextLength - 1) };
            using var batch = new GenerationBatch(this, limited, EndOfText, keepLogProbabilities: true);
            GenerationRow[] rows =
                [.. sources.Select((source, row) => batch.Add(source, [DecoderStart], random.Fork(BatchPart.Place(row))))];
            TextRollout.Complete(batch, stop);

            return RolloutOf(rows, inputs);
        });
    }

    /// <inheritdoc/>
    public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        PolicySampling.Check(options);
        using DisposeScope scope = torch.NewDisposeScope();
        Batch states = rollout.States;
        Tensor hidden = Hidden(
            states[BatchNames.InputIds], states.Find(BatchNames.AttentionMask), states[BatchNames.DecoderInputIds]); // [B, T, E]
        return PolicySampling.Evaluate(Head(hidden), hidden, states[BatchNames.Labels], rollout.Mask, options)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The texts of the rows: source, target, whether an id that ends a text followed, and the target of the data.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<TextOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return TextRollout.Outcomes(SourcesOf(rollout.States), rollout.States, EndOfText, tokenizer);
    }

    // The tokens of each source that its attention mask keeps.
    private static int[][] SourcesOf(Batch batch)
    {
        long[] ids = TextRollout.Values(batch[BatchNames.InputIds]);
        long[]? mask = batch.Find(BatchNames.AttentionMask) is { } given ? TextRollout.Values(given) : null;
        int length = (int)batch[BatchNames.InputIds].size(1);
        return [.. Enumerable.Range(0, ids.Length / length).Select(row => Enumerable.Range(row * length, length)
            .Where(at => mask is null || mask[at] == 1).Select(at => (int)ids[at]).ToArray())];
    }

    private Rollout RolloutOf(GenerationRow[] rows, Batch inputs)
    {
        torch.Device device = inputs[BatchNames.InputIds].device;
        int[][] targets = Array.ConvertAll(rows, row => row.Tokens.ToArray());
        (Tensor decoderInputs, _) =
            PairCollation.Right(Array.ConvertAll(targets, target => (int[])[DecoderStart, .. target[..^1]]), _configuration.PadToken);
        (Tensor labels, Tensor? taken) = PairCollation.Right(targets, BatchNames.Ignored);
        var logProbabilities = new float[rows.Length, labels.size(1)];
        foreach ((int row, GenerationRow made) in rows.Index())
        {
            foreach ((int step, float value) in made.LogProbabilities.Index())
                logProbabilities[row, step] = value;
        }

        var states = new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = inputs[BatchNames.InputIds].clone(),
            [BatchNames.DecoderInputIds] = decoderInputs.to(device),
            [BatchNames.Labels] = labels.to(device),
        };
        if (inputs.Find(BatchNames.AttentionMask) is { } mask)
            states[BatchNames.AttentionMask] = mask.clone();
        if (inputs.Find(BatchNames.Labels) is { } given)
            states[TextRollout.Answers] = given.clone();
        Tensor actions = (taken ?? torch.ones_like(labels)).to(torch.ScalarType.Float32).to(device);
        return new Rollout(
            new Batch(states, rows.Length, targets.Sum(target => (long)target.Length)),
            torch.tensor(logProbabilities, device: device), actions);
    }
}
