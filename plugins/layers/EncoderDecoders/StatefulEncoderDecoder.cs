namespace Tenon.Layers;

/// <summary>
/// A model with an encoder and a decoder that reads target tokens in order and keeps a state, which also holds what the decoder needs of
/// the source. Architectures derive from it and add only their networks. It embeds source and target tokens (<c>embedding</c>) and maps
/// the decoder's output to logits, as <see cref="StatefulLanguageModel"/> does.
/// B: batch, S: source tokens, T: target tokens, H: size of the decoder's output.
/// </summary>
public abstract class StatefulEncoderDecoder : SequenceToSequenceModel, IHasCost, IStateReader
{
    private readonly Embedding _embedding;
    private readonly TokenHead _head;

    /// <summary>Creates the embedding and the head.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="configuration">Vocabulary, lengths and special tokens.</param>
    /// <param name="sizes">Sizes of token embeddings and of the decoder's output, H.</param>
    /// <param name="isTied">Whether the head is the token embedding (Press and Wolf 2017).</param>
    /// <param name="initialStd">Standard deviation of the embedding's initial weights.</param>
    /// <param name="context">Device and autocast of the model.</param>
    protected StatefulEncoderDecoder(
        string name, SequenceToSequenceConfiguration configuration, (int Embedding, int Output) sizes, bool isTied, double initialStd,
        BuildContext context)
        : base(name, configuration, context)
    {
        register_module("embedding", _embedding = new Embedding(VocabularySize, sizes.Embedding, context));
        Initialization.Normal(_embedding.Weight, initialStd);
        _head = new TokenHead(this, _embedding, sizes.Output, isTied, context);
    }

    /// <summary>The size of the head's input.</summary>
    /// <inheritdoc/>
    public override int FeatureSize => _head.Size;

    /// <summary>float32 [V, size of the embeddings].</summary>
    public Parameter TokenEmbeddings => _embedding.Weight;

    /// <summary>
    /// The number of operations and the bytes that the backward pass needs, for a target token with a source token, without embedding and
    /// head.
    /// </summary>
    protected abstract (double ForwardFlop, double KeptBytes) NetworkCost { get; }

    /// <summary>The cost of a target token, for a source and a target that are as long as possible.</summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            (double flop, double kept) = NetworkCost;
            return new ModelCost(
                "token", ContextLength, flop + _head.ForwardFlop, kept + 4.0 * (2 * _embedding.Weight.size(1) + FeatureSize));
        }
    }

    /// <inheritdoc/>
    public override Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = Hidden(
            batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask), batch[BatchNames.DecoderInputIds]);
        return _head.Loss(hidden, batch[BatchNames.Labels], Smoothing).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IKeyValueCache NewCache(IReadOnlyList<IReadOnlyList<int>> sources, int capacity)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (capacity > ContextLength)
            throw new ModelException($"A cache of {capacity} tokens was requested, but the context length is {ContextLength}.");
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        return new StateCache(this, Start(sources), capacity);
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        StateReading.CheckLength(inputIds, ContextLength);
        using DisposeScope scope = torch.NewDisposeScope();
        IReadOnlyList<int>[] empty = [.. Enumerable.Repeat<int[]>([], (int)inputIds.size(0))];
        Tensor output = this.ReadAll(inputIds, attentionMask, () => Start(empty), cache, lastOnly);
        return Head(_head.Project(output)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>logits</c> and <c>loss</c> (of <c>labels</c>) from <c>input_ids</c>, <c>attention_mask</c> and <c>decoder_input_ids</c>.
    /// </summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor logits = Head(Hidden(
            outputs.Input(BatchNames.InputIds), outputs.Find(BatchNames.AttentionMask), outputs.Input(BatchNames.DecoderInputIds)));
        outputs.Add("logits", () => logits);
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => CrossEntropy.Mean(logits.reshape(-1, VocabularySize), labels.reshape(-1)));
        return outputs.Take();
    }

    /// <summary>Encodes sources.</summary>
    /// <param name="inputIds">int64 [B, S]. Not disposed.</param>
    /// <param name="attentionMask">
    /// int64 [B, S], 1 for a token and 0 for padding after it, or null if there is none. Not disposed.
    /// </param>
    /// <returns>
    /// The decoder's state before the first target token, in the current dispose scope: tensors [B, ...], or [B, S, ...] with zeros at
    /// padding that have no effect.
    /// </returns>
    protected abstract IReadOnlyList<Tensor> Encode(Tensor inputIds, Tensor? attentionMask);

    /// <summary>Reads target tokens.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="state">The state before them. Not disposed.</param>
    /// <param name="lengths">
    /// Number of tokens in each row, 1 … T; the rest of a row is padding. Null if there is no padding.
    /// </param>
    /// <returns>Tensors in the current dispose scope.</returns>
    protected abstract StatePass Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths);

    /// <summary>The state before the first target token of the same rows.</summary>
    /// <param name="state">The state after any tokens. Not disposed.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    protected abstract IReadOnlyList<Tensor> Restart(IReadOnlyList<Tensor> state);

    /// <summary>Looks up token embeddings.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <returns>float32 [B, T, size of the embeddings] in the current dispose scope.</returns>
    protected Tensor Embed(Tensor inputIds) => _embedding.call(inputIds);

    /// <inheritdoc/>
    protected override Tensor Hidden(Tensor inputIds, Tensor? attentionMask, Tensor decoderInputIds)
    {
        CheckSource(inputIds);
        StateReading.CheckLength(decoderInputIds, ContextLength);
        using DisposeScope scope = torch.NewDisposeScope();
        StatePass pass = Read(decoderInputIds, Encode(inputIds, attentionMask), lengths: null);
        return _head.Project(pass.Output).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor hidden) => _head.Logits(hidden);

    /// <inheritdoc/>
    StatePass IStateReader.Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths) =>
        Read(inputIds, state, lengths);

    /// <inheritdoc/>
    IReadOnlyList<Tensor> IStateReader.Restart(IReadOnlyList<Tensor> state) => Restart(state);

    private IReadOnlyList<Tensor> Start(IReadOnlyList<IReadOnlyList<int>> sources)
    {
        (Tensor ids, Tensor? mask) = Sources(sources, TokenEmbeddings.device);
        CheckSource(ids);
        return Encode(ids, mask);
    }
}
