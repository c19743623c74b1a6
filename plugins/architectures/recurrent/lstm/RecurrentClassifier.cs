using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// A recurrent classifier of texts or tokens, as <see cref="RecurrentClassifierOptions.Head"/> says. A token's vector is the output of
/// the top layer, in both directions if there are two; a text's vector consists of the outputs after its last token and, from the end,
/// after its first.
/// <para>
/// A member throws if the model lacks the head that it needs: <see cref="ClassLogits"/> needs <c>sequence-classification</c>, and
/// <see cref="TokenClassLogits"/> needs <c>token-classification</c>.
/// </para>
/// </summary>
public sealed class RecurrentClassifier : TextClassifier, IClassifier, ITokenClassifier, ICollate<TokenLabelledExample>
{
    private readonly RecurrentSizes _sizes;
    private readonly RecurrentLayers _layers;
    private readonly Embedding _embedding;
    private readonly string _head;
    private readonly double _dropout;

    private RecurrentClassifier(RecurrentClassifierOptions options, RecurrentSizes sizes, BuildContext context)
        : base(
            nameof(RecurrentClassifier), ResolvedOptions.Value(options.Labels),
            new PaddedTexts(
                ResolvedOptions.Value(options.VocabularySize), ResolvedOptions.Value(options.ContextLength),
                ResolvedOptions.Value(options.PadToken))
            { DividesBatches = !RecurrentLayers.DropOutputs(options) },
            sizes.OutputSize, options.Dropout, context)
    {
        (_sizes, _head, _dropout) = (sizes, ResolvedOptions.Value(options.Head), options.Dropout);
        int vocabulary = ResolvedOptions.Value(options.VocabularySize);
        register_module("embedding", _embedding = new Embedding(vocabulary, sizes.EmbeddingSize, context));
        Initialization.Normal(_embedding.Weight, options.InitializerRange);
        _layers = new RecurrentLayers(sizes, options.Dropout, context);
        register_module(sizes.Name, _layers.Module);
    }

    internal RecurrentClassifier(RecurrentClassifierOptions options, RecurrentCell cell, BuildContext context)
        : this(options, RecurrentSizes.Of(options, cell, options.Bidirectional), context)
    {
    }

    /// <inheritdoc/>
    IReadOnlyList<string> IClassifier.Labels => _head == RecurrentHeads.Texts ? Labels : [];

    /// <inheritdoc/>
    IReadOnlyList<string> ITokenClassifier.Labels => _head == RecurrentHeads.Tokens ? Labels : [];

    /// <inheritdoc/>
    public override void train(bool train = true)
    {
        base.train(train);
        _layers.FollowMode();
    }

    /// <summary>The cross-entropy of the classes of texts or tokens.</summary>
    /// <inheritdoc/>
    public override Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_head == RecurrentHeads.Texts)
            return base.Loss(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = TokenClassLogits(batch);
        return CrossEntropy.Mean(logits.reshape(-1, Labels.Count), batch[BatchNames.Labels].reshape(-1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has a different head.</exception>
    public override Tensor ClassLogits(Batch batch) => _head == RecurrentHeads.Texts ? base.ClassLogits(batch) : throw NoTexts;

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has a different head.</exception>
    public Tensor TokenClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_head != RecurrentHeads.Tokens)
            throw Missing("the class of a token", RecurrentHeads.Tokens);
        using DisposeScope scope = torch.NewDisposeScope();
        return Classify(Read(batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask)).Output).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context) => _head == RecurrentHeads.Texts
        ? base.Collate(examples, context)
        : throw new DataException(
            $"The examples have no class for each token, but the head '{_head}' learns from them. Use the head " +
            $"'{RecurrentHeads.Texts}' for classes of texts.");

    /// <summary>
    /// The first token of each word has the word's class; its other tokens and special tokens have none. Sentences are truncated to the
    /// context length.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenLabelledExample> examples, CollateContext context) => _head == RecurrentHeads.Tokens
        ? Texts.Collate(examples, Labels, context)
        : throw new DataException(
            $"The examples have a class for each word, but the head is '{_head}'. Use the head '{RecurrentHeads.Tokens}'.");

    /// <summary>
    /// <c>logits</c> of the texts, or of the tokens, from <c>input_ids</c> and <c>attention_mask</c>, and <c>loss</c> if there are
    /// <c>labels</c>.
    /// </summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        if (_head == RecurrentHeads.Texts)
            return base.Outputs(inputs, requested);
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor logits = Classify(Read(outputs.Input(BatchNames.InputIds), outputs.Find(BatchNames.AttentionMask)).Output); // [B, T, C]
        outputs.Add("logits", () => logits);
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => CrossEntropy.Mean(logits.reshape(-1, Labels.Count), labels.reshape(-1)));
        return outputs.Take();
    }

    /// <summary>A model of tokens makes no single choice for a text.</summary>
    /// <inheritdoc/>
    public string? UnsupportedReason(Type capability) =>
        typeof(IPolicy).IsAssignableFrom(capability) && _head == RecurrentHeads.Tokens ? NoTexts.Message : null;

    /// <inheritdoc/>
    protected override Tensor Features(Tensor inputIds, Tensor? attentionMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor output, long[]? lengths) = Read(inputIds, attentionMask);
        Tensor last = lengths is null
            ? output.select(1, output.size(1) - 1)
            : output.gather(1, (torch.tensor(lengths, device: output.device) - 1).view(-1, 1, 1).expand(-1, 1, output.size(2))).squeeze(1);
        if (_sizes.Directions == 1)
            return last.MoveToOuterDisposeScope(); // [B, H]
        long hidden = _sizes.HiddenSize;
        Tensor forward = last.narrow(1, 0, hidden), backward = output.select(1, 0).narrow(1, hidden, hidden);
        return torch.cat([forward, backward], 1).MoveToOuterDisposeScope(); // [B, 2·H]
    }

    // [B, T] -> [B, T, D·H], and the lengths of the rows; null if they are equal.
    private (Tensor Output, long[]? Lengths) Read(Tensor inputIds, Tensor? attentionMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long[]? lengths = attentionMask is null ? null : [.. attentionMask.sum(1L).cpu().data<long>()];
        if (lengths is not null && lengths.All(length => length == inputIds.size(1)))
            lengths = null;
        Tensor x = Dropout.Apply(_embedding.call(inputIds), _dropout, training); // [B, T] -> [B, T, E]
        // Read from its start only, a text does not depend on the padding after it.
        StatePass pass = _layers.Read(
            x, _layers.NewState(inputIds.size(0), inputIds.device), _sizes.Directions == 1 ? null : lengths);
        return (pass.Output.MoveToOuterDisposeScope(), lengths);
    }

    private ModelException NoTexts => Missing("the class of a text", RecurrentHeads.Texts);

    private ModelException Missing(string what, string head) => new(
        $"This model has the head '{_head}', which does not predict {what}. Set 'head' to '{head}'.");
}
