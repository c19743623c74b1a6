namespace Tenon.Layers;

/// <summary>
/// A decoder-only language model: a <see cref="CausalTransformer"/> and a head. Architectures derive from it and add only
/// their transformer. It also generates with a key/value cache, takes virtual tokens, packs several examples into a row, and
/// packs its weights for generation.
/// <para>In <see cref="Outputs"/>, labels follow transformers: they equal <c>input_ids</c> and are shifted internally.</para>
/// <para>
/// Virtual tokens take up positions: a <see cref="Prompt"/> of V tokens reduces <see cref="ContextLength"/> and
/// <see cref="AutoregressiveModel.BlockLength"/> by V. Set the prompt before requesting batches or caches.
/// </para>
/// </summary>
public abstract partial class CausalLanguageModel : AutoregressiveModel, ITiesEmbeddings, IHasCost, IStaged
{
    // transformers' name for the head that a tied model shares with its embedding.
    private const string DefaultOutputMap = "lm_head";

    private readonly DecoderConfiguration _configuration;
    private readonly Autocast _autocast;
    private readonly bool _isFrozenBase;
    private readonly CausalTransformer _transformer;
    private Linear? _head;
    private readonly PromptSlot _prompt;

    /// <summary>Takes ownership of the parts.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="context">Autocast of the model.</param>
    /// <param name="transformer">The transformer with its state name.</param>
    /// <param name="head">[E] -> [V] with its state name; null if the token embedding is the head (Press and Wolf 2017).</param>
    protected CausalLanguageModel(
        string name, BuildContext context, (string Name, CausalTransformer Module) transformer, (string Name, Linear Module)? head = null)
        : base(name, transformer.Module.Configuration, context)
    {
        (_autocast, _isFrozenBase) = (context.Autocast, context.IsFrozenBase);
        _transformer = transformer.Module;
        _configuration = _transformer.Configuration;
        _prompt = new PromptSlot(_configuration.PromptShape, _configuration.ContextLength);
        register_module(transformer.Name, _transformer);
        OutputMap = head?.Name ?? DefaultOutputMap;
        if (head is { } own)
            register_module(own.Name, _head = own.Module);
    }

    /// <summary>Creates an untied head, [E] -> [V], without bias.</summary>
    /// <param name="sizes">Hidden size and vocabulary.</param>
    /// <param name="context">Device and autocast of the model.</param>
    /// <param name="initialStd">Standard deviation of the initial weights.</param>
    protected static Linear NewHead(DecoderConfiguration sizes, BuildContext context, double initialStd)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(context);
        BuildContext own = context with { PackedOnly = PackedWeight.OfTable(context.PackedOnly) };
        var head = new Linear(sizes.Shape.HiddenSize, sizes.VocabularySize, own, bias: false)
        {
            Division = LayerDivision.CollectedOutputs,
        };
        Initialization.Normal(head.Weight, initialStd);
        return head;
    }

    /// <inheritdoc/>
    public override int ContextLength => _prompt.ContextLength;

    /// <summary>The hidden size: a text's vector is the mean of its tokens' final hidden states.</summary>
    /// <inheritdoc/>
    public override int EmbeddingSize => _configuration.Shape.HiddenSize;

    /// <inheritdoc/>
    public PromptShape PromptShape => _prompt.Shape;

    /// <inheritdoc/>
    public Parameter TokenEmbeddings => _transformer.TokenEmbeddings;

    /// <inheritdoc/>
    public bool IsTied => _head is null;

    /// <inheritdoc/>
    public string OutputMap { get; }

    /// <inheritdoc/>
    public void Untie()
    {
        if (_head is not null)
            return;
        using var untracked = torch.no_grad();
        var head = new Linear(EmbeddingSize, VocabularySize, new BuildContext(TokenEmbeddings.device, _autocast), bias: false);
        head.Weight.copy_(TokenEmbeddings);
        head.Weight.DetachFromDisposeScope();
        head.train(training);
        register_module(OutputMap, _head = head);
        _packedHead?.Dispose();
        _packedHead = null;
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">A part does not match <see cref="PromptShape"/>, or fills the context.</exception>
    public Prompt? Prompt
    {
        get => _prompt.Prompt;
        set => _prompt.Prompt = value;
    }

    /// <inheritdoc/>
    public override Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return Loss(Hidden(batch[BatchNames.InputIds], PassOf(batch)), batch).MoveToOuterDisposeScope();
    }

    // The mean over the labels of hidden states [B, T, E].
    private Tensor Loss(Tensor states, Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = states.reshape(-1, EmbeddingSize); // [B, T, E] -> [B·T, E]
        Tensor labels = batch[BatchNames.Labels].reshape(-1);
        (Tensor weight, VocabularyPart? part) = HeadWeight;
        // A delta on the head is not part of its weight.
        Tensor loss = _head is { Delta: not null } ? CrossEntropy.Mean(Head(hidden), labels)
            : FrozenHead is { } frozen ? CrossEntropy.OfFrozen(hidden, frozen, labels, _autocast, bias: _head?.Bias)
            : CrossEntropy.OfLinear(hidden, weight, labels, _autocast, bias: _head?.Bias, part: part);
        return loss.MoveToOuterDisposeScope();
    }

    private CausalPass PassOf(Batch batch) => new()
    {
        AttentionMask = batch.Find(BatchNames.AttentionMask),
        PositionIds = batch.Find(BatchNames.PositionIds),
        SequenceIds = batch.Find(BatchNames.SequenceIds),
        Prompt = Prompt,
    };

    /// <inheritdoc/>
    public override IKeyValueCache NewCache(int rows, int capacity)
    {
        if (capacity > ContextLength)
            throw new ModelException($"A key/value cache of {capacity} tokens was requested, but the context length is {ContextLength}.");
        torch.Device device = TokenEmbeddings.device;
        // A CPU attends to the cache in float32, regardless of the type of its products.
        torch.ScalarType type = device.type == DeviceType.CPU ? torch.ScalarType.Float32 : _transformer.AttentionType.Type;
        return new KeyValueCache(
            PromptShape.Layers, rows, CachedHeads, capacity, _prompt.Count, PromptShape.HeadSize, type, device);
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        if (cache is not (null or KeyValueCache))
            throw new ModelException($"The cache is a {cache.GetType().Name}. Create it with this model's NewCache.");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = Hidden(inputIds, new CausalPass { AttentionMask = attentionMask, Prompt = Prompt, Cache = (KeyValueCache?)cache });
        if (lastOnly)
            hidden = hidden.narrow(1, hidden.size(1) - 1, 1); // [B, T, E] -> [B, 1, E]
        return Head(hidden).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Forward cost as Chowdhery et al. (2022, appendix B) count it: two operations per weight of each matrix, the head
    /// included, and 4·L·H·D·T for scores and weighted values over a full context, or over the window of a layer. Activations
    /// follow Korthikanti et al.
    /// (2022, section 4) assuming that attention does not keep its T × T weights, except for plain products on a CPU.
    /// </summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            DeviceType device = TokenEmbeddings.device_type == DeviceType.CUDA ? DeviceType.CUDA : DeviceType.CPU;
            int context = _configuration.ContextLength;
            TransformerCost cost = _configuration.Cost;
            double head = 2.0 * EmbeddingSize * VocabularySize;
            double kept = cost.ActivationBytes(_autocast.Enabled ? 2 : 4, Attention.IsPlain(_autocast, device, context, context));
            double others = 4 * 2 * EmbeddingSize;
            return new ModelCost("token", context, cost.ForwardFlop + head, kept + others)
            {
                CheckpointedActivationBytes = cost.CheckpointedBytes(kept) + others,
                IsCheckpointed = _configuration.ActivationCheckpointing,
                Layers = new EqualLayers(_configuration.Shape.Layers, EmbeddingSize, _configuration.Shape.Heads, cost.ForwardFlop)
                {
                    CachedNumbers = 2 * _configuration.KeyValueHeads * _configuration.HeadSize,
                },
            };
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _packedHead?.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override Tensor Hidden(Tensor inputIds, Tensor? attentionMask) =>
        Hidden(inputIds, new CausalPass { AttentionMask = attentionMask, Prompt = Prompt });

    // [B, T] -> [B, T, E]: without the virtual tokens, which have no labels and no logits.
    private Tensor Hidden(Tensor inputIds, CausalPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return VirtualTokens.Without(_transformer.Forward(inputIds, pass), inputIds.size(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = _head is not null ? _head.call(hidden)
            : FrozenHead is { } frozen ? frozen.Product(hidden, bias: null, _autocast)
            : TiedLogits(hidden);
        return (logits.dtype == torch.ScalarType.Float32 ? logits : logits.to(torch.ScalarType.Float32)).MoveToOuterDisposeScope();
    }
}
