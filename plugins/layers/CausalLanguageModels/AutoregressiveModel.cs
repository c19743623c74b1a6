namespace Tenon.Layers;

/// <summary>
/// A language model that predicts each token from the tokens before it, whatever its network. It trains on packed text, prompts,
/// chats and preferences, and is a policy for reinforcement learning. <see cref="CausalLanguageModel"/> adds a transformer,
/// <see cref="StatefulLanguageModel"/> a network with a state.
/// <para>Labels: in a <see cref="Batch"/>, <c>labels[t]</c> is the token that follows <c>input_ids[t]</c>; collate aligns them.</para>
/// </summary>
public abstract partial class AutoregressiveModel : NamedModule, ICausalLanguageModel, ILearnsFromTokens, IEmbedder
{
    private readonly LanguageConfiguration _configuration;

    /// <summary>Creates the model without a network.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="configuration">Vocabulary, context and special tokens.</param>
    /// <param name="context">The ids that end a text.</param>
    protected AutoregressiveModel(string name, LanguageConfiguration configuration, BuildContext context) : base(name)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(context);
        _configuration = configuration;
        EndOfText = [.. new[] { configuration.EndOfText }.OfType<int>().Concat(context.EndOfText).Distinct()];
        Collation = new TextCollation(configuration, () => ContextLength);
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public int VocabularySize => _configuration.VocabularySize;

    /// <inheritdoc/>
    public virtual int ContextLength => _configuration.ContextLength;

    /// <inheritdoc/>
    public IReadOnlyList<int> EndOfText { get; }

    /// <summary>The size of the head's input: a text's vector is the mean of its tokens' final hidden states.</summary>
    /// <inheritdoc/>
    public abstract int EmbeddingSize { get; }

    private protected TextCollation Collation { get; }

    /// <inheritdoc/>
    public abstract Tensor Loss(Batch batch);

    /// <inheritdoc/>
    public abstract IKeyValueCache NewCache(int rows, int capacity);

    /// <inheritdoc/>
    public abstract Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false);

    /// <inheritdoc/>
    public abstract IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested);

    /// <inheritdoc/>
    public Tensor Embed(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor? mask = batch.Find(BatchNames.AttentionMask);
        return MeanPooling.Apply(Hidden(batch[BatchNames.InputIds], mask), mask).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor TokenStates(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Hidden(batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask));
    }

    /// <summary>The head's input for each token.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, T], 1 for a token and 0 for padding, or null if there is none. Not disposed.</param>
    /// <returns>float32 [B, T, E] in the current dispose scope; values at padding are arbitrary.</returns>
    /// <exception cref="ModelException">The input does not fit in the context.</exception>
    protected abstract Tensor Hidden(Tensor inputIds, Tensor? attentionMask);

    /// <summary>Applies the head.</summary>
    /// <param name="hidden">float32 [..., E]. Not disposed.</param>
    /// <returns>float32 [..., V] in the current dispose scope.</returns>
    protected abstract Tensor Head(Tensor hidden);

    /// <summary>Continues prompts greedily. The end of text is never chosen, as with transformers' <c>min_new_tokens</c>.</summary>
    /// <param name="prompt">int64 [B, P]. Not disposed.</param>
    /// <param name="count">Number of tokens to add.</param>
    /// <returns>int64 [B, P + count] in the current dispose scope.</returns>
    protected Tensor Greedy(Tensor prompt, int count)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using IKeyValueCache cache = NewCache((int)prompt.size(0), (int)prompt.size(1) + count - 1);
        (Tensor ids, Tensor next) = (prompt, prompt);
        for (int i = 0; i < count; i++)
        {
            Tensor logits = Logits(next, cache: cache, lastOnly: true).squeeze(1); // [B, V]
            if (_configuration.EndOfText is { } end && end < VocabularySize)
                logits.narrow(1, end, 1).fill_(double.NegativeInfinity);
            next = logits.argmax(-1, keepdim: true);
            ids = torch.cat([ids, next], 1);
        }

        return ids.MoveToOuterDisposeScope();
    }
}
