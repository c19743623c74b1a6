namespace Tenon.Layers;

/// <summary>
/// A model with an encoder and a decoder: a <see cref="SourceEncoder"/>, a <see cref="TargetDecoder"/> and a head. Architectures
/// derive from it and add only their networks. A source is encoded once, and its targets are generated with a key/value cache.
/// <para>
/// Virtual tokens in the input are at the start of the source (Lester et al. 2021); keys and values are prefixes of the decoder's
/// self-attention. A <see cref="Prompt"/> of V tokens reduces <see cref="ContextLength"/> and <see cref="SourceLength"/> by V. Set the
/// prompt before requesting batches or caches.
/// </para>
/// </summary>
public abstract partial class EncoderDecoderModel : SequenceToSequenceModel, IHasCost, IPromptTunable
{
    // A target consists of the start token and at least one more.
    private const int MinimumLeft = 2;

    private readonly EncoderDecoderConfiguration _configuration;
    private readonly Autocast _autocast;
    private readonly SourceEncoder _encoder;
    private readonly TargetDecoder _decoder;
    private readonly Linear? _head;
    private readonly PromptSlot _prompt;

    /// <summary>Creates the model. The derived class registers the parts under their state names.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="configuration">Sizes and special tokens.</param>
    /// <param name="context">Autocast of the model.</param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="head">[E] -> [V]; null if the token embedding is the head (Press and Wolf 2017).</param>
    protected EncoderDecoderModel(
        string name, EncoderDecoderConfiguration configuration, BuildContext context, SourceEncoder encoder, TargetDecoder decoder,
        Linear? head)
        : base(name, configuration, context)
    {
        (_configuration, _autocast, _encoder, _decoder, _head) = (configuration, context.Autocast, encoder, decoder, head);
        _prompt = new PromptSlot(
            configuration.Decoder.PromptShape, Math.Min(configuration.Decoder.ContextLength, configuration.SourceLength), MinimumLeft);
    }

    /// <inheritdoc/>
    public override int ContextLength => base.ContextLength - _prompt.Count;

    /// <inheritdoc/>
    public override int SourceLength => base.SourceLength - _prompt.Count;

    /// <inheritdoc/>
    public PromptShape PromptShape => _prompt.Shape;

    /// <inheritdoc/>
    public Parameter TokenEmbeddings => _decoder.TokenEmbeddings;

    /// <inheritdoc/>
    /// <exception cref="ModelException">A part does not match <see cref="PromptShape"/>, or fills the context.</exception>
    public Prompt? Prompt
    {
        get => _prompt.Prompt;
        set => _prompt.Prompt = value;
    }

    /// <inheritdoc/>
    public override int FeatureSize => _configuration.Encoder.HiddenSize;

    /// <summary>float32 [1, V]: added to the logits, not trained; null for none.</summary>
    protected virtual Tensor? LogitsBias => null;

    /// <inheritdoc/>
    public override Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = Hidden(
            batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask), batch[BatchNames.DecoderInputIds]);
        hidden = hidden.reshape(-1, hidden.size(2)); // [B, T, E] -> [B·T, E]
        Tensor labels = batch[BatchNames.Labels].reshape(-1);
        // A delta on the head is not part of its weight.
        Tensor loss = _head is { Delta: not null } ? SmoothedCrossEntropy.Mean(Head(hidden), labels, Smoothing)
            : SmoothedCrossEntropy.OfLinear(
                hidden, _head?.Weight ?? _decoder.TokenEmbeddings, labels, _autocast, Smoothing, LogitsBias?.view(-1));
        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IKeyValueCache NewCache(IReadOnlyList<IReadOnlyList<int>> sources, int capacity)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (capacity > ContextLength)
            throw new ModelException($"A key/value cache of {capacity} tokens was requested, but the context length is {ContextLength}.");
        DecoderConfiguration sizes = _configuration.Decoder;
        torch.Device device = _decoder.TokenEmbeddings.device;
        // A CPU attends to the cache in float32, regardless of the type of its products.
        torch.ScalarType type = device.type == DeviceType.CPU ? torch.ScalarType.Float32 : _decoder.AttentionType.Type;
        var targets = new KeyValueCache(
            sizes.Shape.Layers, sources.Count, sizes.KeyValueHeads, capacity, VirtualTokens.Prefixed(Prompt), sizes.HeadSize, type, device);
        try
        {
            using var noGrad = torch.no_grad();
            using DisposeScope scope = torch.NewDisposeScope();
            (Tensor ids, Tensor? mask) = Sources(sources, device);
            return new SourceCache(targets, Encode(ids, mask));
        }
        catch
        {
            targets.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        if (cache is not (null or SourceCache))
            throw new ModelException($"The cache is a {cache.GetType().Name}. Create it with this model's NewCache.");
        using DisposeScope scope = torch.NewDisposeScope();
        var held = (SourceCache?)cache;
        Tensor hidden = Decode(inputIds, new CausalPass
        {
            AttentionMask = attentionMask,
            Sources = held?.Sources ?? Empty(inputIds.size(0), inputIds.device),
            Cache = held?.Targets,
            Prompt = Prefix,
        });
        if (lastOnly)
            hidden = hidden.narrow(1, hidden.size(1) - 1, 1); // [B, T, E] -> [B, 1, E]
        return Head(hidden).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The cost of the encoder, the decoder with its cross-attention, and the head, for a source and a target that are as long as
    /// possible. The unit is a target token.
    /// </summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            DeviceType device = _decoder.TokenEmbeddings.device_type == DeviceType.CUDA ? DeviceType.CUDA : DeviceType.CPU;
            int hidden = _configuration.Encoder.HiddenSize;
            (double flop, double kept) = _configuration.Cost(
                _autocast.Enabled ? 2 : 4, Attention.IsPlain(_autocast, device, ContextLength, ContextLength));
            return new ModelCost("token", ContextLength, flop + 2.0 * hidden * VocabularySize, kept + 4 * 2 * hidden);
        }
    }

    /// <inheritdoc/>
    protected override Tensor Hidden(Tensor inputIds, Tensor? attentionMask, Tensor decoderInputIds)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        EncodedSources sources = Encode(inputIds, attentionMask);
        return Decode(decoderInputIds, new CausalPass { Sources = sources, Prompt = Prefix }).MoveToOuterDisposeScope();
    }

    // Encodes and prepares cross-attention.
    private EncodedSources Encode(Tensor inputIds, Tensor? attentionMask)
    {
        CheckSource(inputIds);
        return Read(_encoder.Forward(inputIds, attentionMask, virtualTokens: Prompt?.Embeddings), attentionMask);
    }

    // The mask is that of the source without virtual tokens.
    private EncodedSources Read(Tensor encoded, Tensor? attentionMask) =>
        _decoder.Read(encoded, VirtualTokens.Widen(attentionMask, VirtualTokens.Embedded(Prompt)));

    // The part of the prompt that belongs to the decoder.
    private Prompt? Prefix => Prompt is { KeyValues: { } keyValues } ? new Prompt(KeyValues: keyValues) : null;

    private EncodedSources Empty(long rows, torch.Device device)
    {
        (Tensor ids, Tensor? mask) = Sources([.. Enumerable.Repeat<int[]>([], (int)rows)], device);
        return Encode(ids, mask);
    }

    // [B, T] -> [B, T, E], scaled for the head
    private Tensor Decode(Tensor inputIds, CausalPass pass)
    {
        Tensor hidden = _decoder.Forward(inputIds, pass);
        return _configuration.HeadScale == 1 ? hidden : hidden * _configuration.HeadScale;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = (_head is not null ? _head.call(hidden) : Linear.Apply(hidden, _decoder.TokenEmbeddings, bias: null, _autocast))
            .to(torch.ScalarType.Float32);
        return (LogitsBias is { } bias ? logits + bias.view(-1) : logits).MoveToOuterDisposeScope();
    }
}
