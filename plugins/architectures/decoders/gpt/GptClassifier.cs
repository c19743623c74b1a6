using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT with a linear map (without bias) of the state of the last token that is no padding. As in transformers the token
/// is found by its id, so where padding is the end-of-text token, an end of text is not judged.
/// </summary>
public sealed class GptClassifier : NamedModule, IClassifier, IRewardModel, ICollate<LabelledTextExample>
{
    /// <summary>The head's weight in the state dictionary.</summary>
    internal const string HeadName = "score.weight";

    private readonly GptClassifierOptions _options;
    private readonly GptTransformer _transformer;
    private readonly Linear _score;

    internal GptClassifier(GptClassifierOptions options, BuildContext context) : base(nameof(GptClassifier))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (options.Labels is null || options.PadToken is null || options.HiddenSize is null)
            throw new ModelException("The options of 'gpt-classifier' are not resolved. Call Resolve, which fills in sizes and classes, before Build.");
        _options = options;
        register_module("transformer", _transformer = new GptTransformer(options, context));
        register_module("score", _score = new Linear(options.HiddenSize.Value, options.Labels.Count, context, bias: false));
        Initialization.Normal(_score.Weight, options.InitializerRange);
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => _options.Labels!;

    private int ContextLength => _options.ContextLength!.Value;

    /// <summary>The loss of the classes where the batch has labels; of a batch of preferences −log σ of the difference of the scores.</summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">The batch has neither.</exception>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        if (batch.Find(BatchNames.Labels) is { } labels)
            return CrossEntropy.Mean(ClassLogits(batch), labels).MoveToOuterDisposeScope();
        Tensor rewards = Rewards(batch);
        long pairs = rewards.size(0) / 2;
        if (rewards.size(0) != 2 * batch.Examples)
            throw new ModelException("A batch of prompts and responses has nothing to learn from. Use preferences, or labelled texts.");
        return (-torch.nn.functional.logsigmoid(rewards.narrow(0, 0, pairs) - rewards.narrow(0, pairs, pairs)).mean()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Score(batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask));
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has classes.</exception>
    public Tensor Rewards(Batch batch)
    {
        if (Labels.Count != 1)
            throw new ModelException($"The model has {Labels.Count} classes ({string.Join(", ", Labels)}); a reward model gives one number. Set its 'labels' to one name.");
        using DisposeScope scope = torch.NewDisposeScope();
        return ClassLogits(batch).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Texts are cut at the context length.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        ITokenizer tokenizer = GptModel.Tokenizer(context);
        long[] labels = ClassLabels.Check([.. examples.Select(example => (int?)example.Label)], Labels, context.Training)!;
        return Make(
            [.. examples.Select(example => tokenizer.Encode(example.Text).Take(ContextLength).ToArray())], examples.Count, examples.Count,
            (BatchNames.Labels, torch.tensor(labels)));
    }

    /// <summary>A row each. What does not fit into the context is cut off at the start.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TextOutcome> outcomes, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        ITokenizer tokenizer = GptModel.Tokenizer(context);
        return Make([.. outcomes.Select(outcome => Join(tokenizer, outcome.Prompt, outcome.Response))], outcomes.Count, 0);
    }

    /// <summary>
    /// Rows 0 … B − 1 are the preferred responses, rows B … 2B − 1 the rejected ones. What does not fit into the context is
    /// cut off at the start. Where an example has a margin, <c>margins</c> [B] holds them, 0 for those without.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PreferenceExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (Labels.Count != 1)
            throw new DataException($"Preferences train a reward model, which gives one number, and this model has {Labels.Count} classes: {string.Join(", ", Labels)}. Use labelled texts, or set 'labels' to one name.");
        ITokenizer tokenizer = GptModel.Tokenizer(context);
        IEnumerable<int[]> chosen = examples.Select(example => Join(tokenizer, example.Prompt, example.Chosen));
        IEnumerable<int[]> rejected = examples.Select(example => Join(tokenizer, example.Prompt, example.Rejected));
        (string, Tensor)[] margins = examples.Any(example => example.Margin is not null)
            ? [(BatchNames.Margins, torch.tensor([.. examples.Select(example => (float)(example.Margin ?? 0))]))]
            : [];
        return Make([.. chosen, .. rejected], examples.Count, examples.Count, margins);
    }

    /// <summary>
    /// <c>logits</c> and, with <c>labels</c>, <c>loss</c> from <c>input_ids</c>; <c>rewards_chosen</c>,
    /// <c>rewards_rejected</c> and their pairwise <c>loss</c> from <c>input_ids_chosen</c> and <c>input_ids_rejected</c>.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(requested);
        using DisposeScope scope = torch.NewDisposeScope();
        var outputs = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        if (inputs.ContainsKey(BatchNames.InputIds))
        {
            outputs["logits"] = Of("");
            if (inputs.TryGetValue(BatchNames.Labels, out Tensor? labels))
                outputs["loss"] = CrossEntropy.Mean(outputs["logits"], labels);
        }
        else if (inputs.ContainsKey($"{BatchNames.InputIds}_chosen"))
        {
            outputs["rewards_chosen"] = Of("_chosen");
            outputs["rewards_rejected"] = Of("_rejected");
            outputs["loss"] = -torch.nn.functional.logsigmoid(outputs["rewards_chosen"] - outputs["rewards_rejected"]).mean();
        }

        foreach (string name in outputs.Keys.Where(name => !requested.Contains(name)).ToArray())
            outputs.Remove(name);
        foreach (Tensor output in outputs.Values)
            output.MoveToOuterDisposeScope();
        return outputs;

        Tensor Of(string suffix) => Score(inputs[$"{BatchNames.InputIds}{suffix}"], inputs.GetValueOrDefault($"{BatchNames.AttentionMask}{suffix}"));
    }

    // [rows, T] -> float32 [rows, classes]
    private Tensor Score(Tensor inputIds, Tensor? attentionMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = _transformer.Forward(inputIds, new GptPass { AttentionMask = attentionMask, PositionsSkipPadding = false }); // [rows, T, E]
        Tensor real = inputIds.ne((long)_options.PadToken!.Value).to(torch.ScalarType.Int64);
        Tensor last = (real * torch.arange(inputIds.size(1), device: inputIds.device)).amax([1L]); // [rows]
        Tensor index = last.reshape(-1, 1, 1).expand(-1, 1, hidden.size(2));
        return _score.call(hidden.gather(1, index).squeeze(1)).to(torch.ScalarType.Float32, copy: false).alias().MoveToOuterDisposeScope();
    }

    private int[] Join(ITokenizer tokenizer, string prompt, string response)
    {
        List<int> ids = [.. tokenizer.Encode(prompt), .. tokenizer.Encode(response)];
        if (_options.EndOfText is { } end && end != _options.PadToken)
            ids.Add(end);
        return [.. ids.TakeLast(ContextLength)];
    }

    // Padding stands on the right; a text without tokens is one padding token.
    private Batch Make(int[][] rows, int examples, int targets, params (string Name, Tensor Tensor)[] more)
    {
        foreach (int[] row in rows)
            GptModel.CheckIds(row, _options.VocabularySize!.Value);
        int length = Math.Max(1, rows.Max(row => row.Length));
        long[,] ids = new long[rows.Length, length];
        long[,] mask = new long[rows.Length, length];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int t = 0; t < length; t++)
            {
                bool real = t < rows[row].Length;
                ids[row, t] = real ? rows[row][t] : _options.PadToken!.Value;
                mask[row, t] = real || t == 0 ? 1 : 0;
            }
        }

        var tensors = new Dictionary<string, Tensor> { [BatchNames.InputIds] = torch.tensor(ids), [BatchNames.AttentionMask] = torch.tensor(mask) };
        foreach ((string name, Tensor tensor) in more)
            tensors[name] = tensor;
        return new Batch(tensors, examples, targets);
    }
}
