namespace Tenon.Layers;

/// <summary>
/// A language model whose network reads tokens in order and keeps a state of fixed size instead of all past keys and values: a
/// recurrent network, or causal convolutions, whose state is the input of their receptive field. Architectures derive from it and add
/// only their network. It embeds the tokens (<c>embedding</c>) and maps the network's output to logits: with tied embeddings by a
/// <c>projection</c> to the size of the embeddings, their table and <c>head_bias</c>, otherwise by <c>head</c>.
/// B: batch, T: tokens, H: size of the network's output.
/// </summary>
public abstract class StatefulLanguageModel : AutoregressiveModel, IHasCost, IStateReader
{
    // Tokens that `generated` adds to `prompt`, greedily.
    private const int GeneratedTokens = 16;

    private readonly Embedding _embedding;
    private readonly TokenHead _head;

    /// <summary>Creates the embedding and the head.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="configuration">Vocabulary, context and special tokens.</param>
    /// <param name="sizes">Sizes of token embeddings and of the network's output, H.</param>
    /// <param name="isTied">Whether the head is the token embedding (Press and Wolf 2017).</param>
    /// <param name="initialStd">Standard deviation of the embedding's initial weights.</param>
    /// <param name="context">Device and autocast of the model.</param>
    protected StatefulLanguageModel(
        string name, LanguageConfiguration configuration, (int Embedding, int Output) sizes, bool isTied, double initialStd,
        BuildContext context)
        : base(name, configuration, context)
    {
        register_module("embedding", _embedding = new Embedding(configuration.VocabularySize, sizes.Embedding, context));
        Initialization.Normal(_embedding.Weight, initialStd);
        _head = new TokenHead(this, _embedding, sizes.Output, isTied, context);
    }

    /// <inheritdoc/>
    public override int EmbeddingSize => _head.Size;

    /// <summary>float32 [V, size of the embeddings].</summary>
    public Parameter TokenEmbeddings => _embedding.Weight;

    /// <summary>The number of operations and the bytes that the backward pass needs, for a token, without embedding and head.</summary>
    protected abstract (double ForwardFlop, double KeptBytes) NetworkCost { get; }

    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            (double flop, double kept) = NetworkCost;
            return new ModelCost(
                "token", ContextLength, flop + _head.ForwardFlop, kept + 4.0 * (_embedding.Weight.size(1) + EmbeddingSize));
        }
    }

    /// <inheritdoc/>
    public override Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = Hidden(batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask));
        return _head.Loss(hidden, batch[BatchNames.Labels]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IKeyValueCache NewCache(int rows, int capacity)
    {
        if (capacity > ContextLength)
            throw new ModelException($"A cache of {capacity} tokens was requested, but the context length is {ContextLength}.");
        if (rows < 1)
            throw new ModelException($"A cache needs at least 1 row; requested: {rows}.");
        using DisposeScope scope = torch.NewDisposeScope();
        return new StateCache(this, NewState(rows), capacity);
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        StateReading.CheckLength(inputIds, ContextLength);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor output = this.ReadAll(inputIds, attentionMask, () => NewState(inputIds.size(0)), cache, lastOnly);
        return Head(Project(output)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>logits</c> and <c>loss</c> (of <c>labels</c>, the tokens that follow) from <c>input_ids</c>; <c>generated</c>, 16 greedy
    /// tokens without the end of text, from <c>prompt</c>.
    /// </summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var outputs = new NamedOutputs(inputs, requested);
        if (outputs.Find(BatchNames.InputIds) is { } inputIds)
        {
            StatePass pass = Read(inputIds, NewState(inputIds.size(0)), lengths: null);
            Tensor logits = Head(Project(pass.Output)); // [B, T, H] -> [B, T, V]
            outputs.Add("logits", () => logits);
            if (outputs.Find(BatchNames.Labels) is { } labels)
                outputs.Add("loss", () => CrossEntropy.Mean(logits.reshape(-1, VocabularySize), labels.reshape(-1)));
            AddOutputs(outputs, inputIds, pass);
        }

        if (outputs.Find("prompt") is { } prompt)
            outputs.Add("generated", () => Greedy(prompt, GeneratedTokens));
        return outputs.Take();
    }

    /// <summary>Adds the network's own outputs. By default, there are none.</summary>
    /// <param name="outputs">Receives them.</param>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="pass">The pass over the tokens, from the state before the first one.</param>
    protected virtual void AddOutputs(NamedOutputs outputs, Tensor inputIds, StatePass pass) { }

    /// <summary>Creates the state before the first token.</summary>
    /// <param name="rows">Number of rows, B.</param>
    /// <returns>Tensors [B, ...] in the current dispose scope.</returns>
    protected abstract IReadOnlyList<Tensor> NewState(long rows);

    /// <summary>Reads tokens.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="state">The state before them. Not disposed.</param>
    /// <param name="lengths">
    /// Number of tokens in each row, 1 … T; the rest of a row is padding. Null if there is no padding.
    /// </param>
    /// <returns>Tensors in the current dispose scope.</returns>
    protected abstract StatePass Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths);

    /// <summary>Looks up token embeddings.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <returns>float32 [B, T, size of the embeddings] in the current dispose scope.</returns>
    protected Tensor Embed(Tensor inputIds) => _embedding.call(inputIds);

    /// <inheritdoc/>
    protected override Tensor Hidden(Tensor inputIds, Tensor? attentionMask)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        StateReading.CheckLength(inputIds, ContextLength);
        using DisposeScope scope = torch.NewDisposeScope();
        return Project(this.ReadAll(inputIds, attentionMask, () => NewState(inputIds.size(0)))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor hidden) => _head.Logits(hidden);

    /// <summary>The head's input: the projected output if embeddings are tied, otherwise the output itself.</summary>
    /// <param name="output">float32 [B, T, H]. Not disposed.</param>
    /// <returns>float32 [B, T, E] in the current dispose scope.</returns>
    protected Tensor Project(Tensor output) => _head.Project(output);

    /// <inheritdoc/>
    StatePass IStateReader.Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths) =>
        Read(inputIds, state, lengths);

    /// <inheritdoc/>
    IReadOnlyList<Tensor> IStateReader.Restart(IReadOnlyList<Tensor> state) => NewState(state[0].size(0));
}
