namespace Tenon.Layers;

/// <summary>
/// A <see cref="CausalTransformer"/> with a linear map (without bias) on the state of the last token that is not padding
/// (Radford et al. 2018): a classifier or, with a single class, a reward model (Ouyang et al. 2022, section 3.5). As in
/// transformers, padding is recognized by its token id. If the padding token is the end-of-text token, the end of text is therefore
/// never the last token.
/// </summary>
public abstract class CausalSequenceClassifier : NamedModule, IClassifier, IRewardModel, ICollate<LabelledTextExample>
{
    /// <summary>The head's weight in the state dictionary.</summary>
    public const string HeadName = "score.weight";

    /// <summary>The name of a reward model's only class.</summary>
    public const string RewardLabel = "reward";

    private readonly CausalTransformer _transformer;
    private readonly Linear _score;
    private readonly int _padToken;
    private readonly PaddedTexts _texts;

    /// <summary>Takes ownership of the parts.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="context">Device and autocast of the model.</param>
    /// <param name="transformer">The transformer and its state name.</param>
    /// <param name="labels">Names of the classes; one for a reward model.</param>
    /// <param name="padToken">The padding id.</param>
    /// <param name="initialStd">Standard deviation of the head's initial weights.</param>
    protected CausalSequenceClassifier(
        string name, BuildContext context, (string Name, CausalTransformer Module) transformer,
        IReadOnlyList<string> labels, int padToken, double initialStd)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(labels);
        (Labels, _padToken) = (labels, padToken);
        register_module(transformer.Name, _transformer = transformer.Module);
        _texts = new PaddedTexts(_transformer.Configuration.VocabularySize, ContextLength, padToken);
        register_module("score", _score = new Linear(_transformer.Configuration.Shape.HiddenSize, labels.Count, context, bias: false));
        Initialization.Normal(_score.Weight, initialStd);
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; }

    /// <inheritdoc cref="IDividesLayers.DividedSizes"/>
    public IReadOnlyDictionary<string, long> DividedSizes => _transformer.Configuration.DividedSizes;

    /// <inheritdoc cref="IDividesLayers.Divisions"/>
    public IReadOnlyDictionary<string, TensorDivision> Divisions { get; private set; } = new Dictionary<string, TensorDivision>();

    /// <inheritdoc cref="IDividesLayers.Divide"/>
    public void Divide(ICommunicator ranks) => Divisions = new LayerRanks(ranks).Divide(this);

    private int ContextLength => _transformer.Configuration.ContextLength;

    /// <summary>Resolves the padding id: the option, else the tokenizer's, else the end-of-text token, else 0.</summary>
    /// <param name="option">The option, or null if it is not set.</param>
    /// <param name="tokenizer">The tokenizer's padding id, or null if it has none.</param>
    /// <param name="endOfText">The token that ends a document, or null if there is none.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <exception cref="ModelException">The id is outside the vocabulary.</exception>
    public static int ResolvePadToken(int? option, int? tokenizer, int? endOfText, int vocabulary)
    {
        int pad = option ?? tokenizer ?? endOfText ?? 0;
        return pad < vocabulary
            ? pad
            : throw new ModelException($"'padToken' is {pad}, outside the vocabulary of {vocabulary}. Set it to an unused id.");
    }

    /// <summary>
    /// Maps the padding id to <c>pad_token_id</c>. Files of models that were trained on one text at a time have none; they pad with
    /// the end-of-text token.
    /// </summary>
    /// <param name="map">The file.</param>
    /// <param name="padToken">The option.</param>
    /// <param name="endOfText">The token that ends a document, or null.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <exception cref="ModelException">The id is outside the vocabulary.</exception>
    public static int MapPadToken(ConfigMap map, int? padToken, int? endOfText, int? vocabulary)
    {
        ArgumentNullException.ThrowIfNull(map);
        return ResolvePadToken(map.Optional("pad_token_id", padToken), null, endOfText, ResolvedOptions.Value(vocabulary));
    }

    /// <summary>
    /// Resolves the classes: those of the data if it has any, otherwise those of the option, otherwise the single class of a
    /// reward model.
    /// </summary>
    /// <param name="option">The option, or null if it is not set.</param>
    /// <param name="data">The classes of the data; empty if it has none.</param>
    public static IReadOnlyList<string> ResolveLabels(IReadOnlyList<string>? option, IReadOnlyList<string> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Count > 0 ? ClassLabels.Resolve(option, data, "the classifier") : option ?? [RewardLabel];
    }

    /// <summary>
    /// Returns the cross-entropy of the classes if the batch has labels, or −log σ of the score difference for a batch of preferences.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">The batch has neither labels nor preferences.</exception>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        if (batch.Find(BatchNames.Labels) is { } labels)
            return CrossEntropy.Mean(ClassLogits(batch), labels).MoveToOuterDisposeScope();
        Tensor rewards = Rewards(batch);
        long pairs = rewards.size(0) / 2;
        if (rewards.size(0) != 2 * batch.Examples)
            throw new ModelException("A batch of prompts and responses has no targets. Use preferences, or labelled texts.");
        return PairLoss(rewards.narrow(0, 0, pairs), rewards.narrow(0, pairs, pairs)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Score(batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask));
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has more than one class.</exception>
    public Tensor Rewards(Batch batch)
    {
        if (Labels.Count != 1)
        {
            throw new ModelException(
                $"The model has {Labels.Count} classes ({string.Join(", ", Labels)}); a reward model returns one number. " +
                "Set its 'labels' to one name.");
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return ClassLogits(batch).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Truncates texts to the context length.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context) =>
        _texts.Collate(examples, Labels, context);

    /// <summary>Makes one row per outcome. Texts that are too long for the context are truncated at the start.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TextOutcome> outcomes, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        return _texts.Pad(
            [.. outcomes.Select(outcome => Join(tokenizer, outcome.Prompt, outcome.Response))], [.. outcomes.Select(_ => 0L)]);
    }

    /// <summary>
    /// Makes two rows per example: rows 0 … B − 1 are the preferred responses, rows B … 2B − 1 the rejected ones. Texts that are too
    /// long for the context are truncated at the start. If any example has a margin, <c>margins</c> [B] contains the margins, with 0
    /// for examples without one.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PreferenceExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (Labels.Count != 1)
        {
            throw new DataException(
                "Preferences train a reward model, which returns one number, but this model has " +
                $"{Labels.Count} classes: {string.Join(", ", Labels)}. Use labelled texts, or set 'labels' to one name.");
        }

        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        IEnumerable<(int[], bool)> chosen = examples.Select(example => Join(tokenizer, example, example.Chosen));
        IEnumerable<(int[], bool)> rejected = examples.Select(example => Join(tokenizer, example, example.Rejected));
        (string, Tensor)[] margins = examples.Any(example => example.Margin is not null)
            ? [(BatchNames.Margins, torch.tensor([.. examples.Select(example => (float)(example.Margin ?? 0))]))]
            : [];
        return _texts.Pad([.. chosen, .. rejected], [.. examples.Select(_ => 1L)], margins);
    }

    /// <summary>
    /// Computes <c>logits</c> and, with <c>labels</c>, <c>loss</c> from <c>input_ids</c>; or <c>rewards_chosen</c>,
    /// <c>rewards_rejected</c> and their pairwise <c>loss</c> from <c>input_ids_chosen</c> and <c>input_ids_rejected</c>.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var outputs = new NamedOutputs(inputs, requested);
        if (inputs.ContainsKey(BatchNames.InputIds))
        {
            Tensor logits = Of("");
            outputs.Add("logits", () => logits);
            if (outputs.Find(BatchNames.Labels) is { } labels)
                outputs.Add("loss", () => CrossEntropy.Mean(logits, labels));
        }
        else
        {
            (Tensor chosen, Tensor rejected) = (Of("_chosen"), Of("_rejected"));
            outputs.Add("rewards_chosen", () => chosen);
            outputs.Add("rewards_rejected", () => rejected);
            outputs.Add("loss", () => PairLoss(chosen, rejected));
        }

        return outputs.Take();

        Tensor Of(string suffix) =>
            Score(outputs.Input($"{BatchNames.InputIds}{suffix}"), outputs.Find($"{BatchNames.AttentionMask}{suffix}"));
    }

    // Returns the mean of −log σ(chosen − rejected) over the pairs.
    private static Tensor PairLoss(Tensor chosen, Tensor rejected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (-F.logsigmoid(chosen - rejected).mean()).MoveToOuterDisposeScope();
    }

    // [rows, T] -> float32 [rows, classes]
    private Tensor Score(Tensor inputIds, Tensor? attentionMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var pass = new CausalPass { AttentionMask = attentionMask, PositionsSkipPadding = false };
        Tensor hidden = _transformer.Forward(inputIds, pass); // [rows, T, E]
        Tensor real = inputIds.ne((long)_padToken).to(torch.ScalarType.Int64);
        Tensor last = (real * torch.arange(inputIds.size(1), device: inputIds.device)).amax([1L]); // [rows]
        Tensor index = last.reshape(-1, 1, 1).expand(-1, 1, hidden.size(2));
        return _score.call(hidden.gather(1, index).squeeze(1)).to(torch.ScalarType.Float32, copy: false).alias().MoveToOuterDisposeScope();
    }

    private (int[] Ids, bool Truncated) Join(ITokenizer tokenizer, PreferenceExample example, string response)
    {
        if (example.Conversation is not { } conversation)
            return Join(tokenizer, example.Prompt, response);
        IReadOnlyList<int> ids = TextCollation.Reply(tokenizer, conversation, response).Ids;
        return ([.. ids.TakeLast(ContextLength)], ids.Count > ContextLength);
    }

    private (int[] Ids, bool Truncated) Join(ITokenizer tokenizer, string prompt, string response)
    {
        List<int> ids = [.. tokenizer.Frame().Before, .. tokenizer.Encode(prompt), .. tokenizer.Encode(response)];
        if (_transformer.Configuration.EndOfText is { } end && end != _padToken)
            ids.Add(end);
        return ([.. ids.TakeLast(ContextLength)], ids.Count > ContextLength);
    }
}
