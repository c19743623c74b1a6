namespace Tenon.Layers;

/// <summary>
/// A model that encodes a source and predicts each token of a target from the source and the target tokens before it, whatever its
/// networks. It trains on pairs of texts, or prompts with responses: the first text is the source, the second the target. It is a policy
/// for reinforcement learning. <see cref="EncoderDecoderModel"/> adds transformers, <see cref="StatefulEncoderDecoder"/> networks with a
/// state.
/// </summary>
public abstract partial class SequenceToSequenceModel : NamedModule, IEncoderDecoder
{
    private readonly SequenceToSequenceConfiguration _configuration;

    /// <summary>Creates the model without its networks.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="configuration">Lengths and special tokens.</param>
    /// <param name="context">The ids that end a text.</param>
    protected SequenceToSequenceModel(string name, SequenceToSequenceConfiguration configuration, BuildContext context) : base(name)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(context);
        _configuration = configuration;
        EndOfText = [.. new[] { configuration.Target.EndOfText }.OfType<int>().Concat(context.EndOfText).Distinct()];
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public int VocabularySize => _configuration.Target.VocabularySize;

    /// <inheritdoc/>
    public virtual int ContextLength => _configuration.Target.ContextLength;

    /// <inheritdoc/>
    public virtual int SourceLength => _configuration.SourceLength;

    /// <inheritdoc/>
    public int DecoderStart => _configuration.DecoderStart;

    /// <inheritdoc/>
    public IReadOnlyList<int> EndOfText { get; }

    /// <inheritdoc/>
    public abstract int FeatureSize { get; }

    /// <summary>The share of each target that the loss spreads over the vocabulary: 0 outside training.</summary>
    protected double Smoothing => training ? _configuration.LabelSmoothing : 0;

    /// <inheritdoc/>
    public abstract Tensor Loss(Batch batch);

    /// <inheritdoc/>
    public IKeyValueCache NewCache(int rows, int capacity) => NewCache([.. Enumerable.Repeat<int[]>([], rows)], capacity);

    /// <inheritdoc/>
    public abstract IKeyValueCache NewCache(IReadOnlyList<IReadOnlyList<int>> sources, int capacity);

    /// <inheritdoc/>
    public abstract Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false);

    /// <inheritdoc/>
    public abstract IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested);

    /// <summary>The head's input for each target token.</summary>
    /// <param name="inputIds">int64 [B, S]: the sources. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, S], 1 for a token and 0 for padding, or null if there is none. Not disposed.</param>
    /// <param name="decoderInputIds">int64 [B, T]. Not disposed.</param>
    /// <returns>float32 [B, T, E] in the current dispose scope.</returns>
    /// <exception cref="ModelException">A source or a target is too long.</exception>
    protected abstract Tensor Hidden(Tensor inputIds, Tensor? attentionMask, Tensor decoderInputIds);

    /// <summary>Applies the head.</summary>
    /// <param name="hidden">float32 [..., E]. Not disposed.</param>
    /// <returns>float32 [..., V] in the current dispose scope.</returns>
    protected abstract Tensor Head(Tensor hidden);

    /// <summary>Pads sources on the right. An empty source consists of the end of text.</summary>
    /// <param name="sources">Token ids, at least one source.</param>
    /// <param name="device">Device of the tensors.</param>
    /// <returns>int64 [B, S], and the mask if anything is padded, in the current dispose scope.</returns>
    private protected (Tensor Ids, Tensor? Mask) Sources(IReadOnlyList<IReadOnlyList<int>> sources, torch.Device device)
    {
        int[] empty = [_configuration.Target.EndOfText ?? _configuration.PadToken];
        int[][] rows = [.. sources.Select(source => source.Count == 0 ? empty : [.. source])];
        (Tensor ids, Tensor? mask) = PairCollation.Right(rows, _configuration.PadToken);
        return (ids.to(device), mask?.to(device));
    }

    /// <summary>Refuses sources that are too long.</summary>
    /// <param name="inputIds">int64 [B, S].</param>
    private protected void CheckSource(Tensor inputIds)
    {
        if (inputIds.size(1) > SourceLength)
        {
            throw new ModelException(
                $"A source has {inputIds.size(1)} tokens, but the encoder reads at most {SourceLength}. Shorten the source.");
        }
    }
}
