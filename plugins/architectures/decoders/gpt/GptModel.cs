using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT with a language-modelling head. The head's weight is the token embedding itself (Press and Wolf 2017), so the
/// state dictionary has no <c>lm_head.weight</c>, as the published files have none.
/// <para>
/// Labels: in a <see cref="Batch"/>, <c>labels[t]</c> is the token that follows <c>input_ids[t]</c>; collate aligns them.
/// In <see cref="Outputs"/> they are transformers' own, equal to <c>input_ids</c> and shifted inside.
/// </para>
/// <para>
/// Virtual tokens take positions: with a <see cref="Prompt"/> of V of them, <see cref="ContextLength"/> and
/// <see cref="BlockLength"/> are V less. Set the prompt before asking for batches or caches.
/// </para>
/// </summary>
public sealed partial class GptModel : NamedModule, ICausalLanguageModel, ILearnsFromTokens, IPromptTunable, IEmbedder, IHasCost, IPacksWeights
{
    private readonly GptOptions _options;
    private readonly Autocast _autocast;
    private readonly GptTransformer _transformer;
    private PackedWeight? _head;
    private Prompt? _prompt;
    // Counted when the prompt is set: workers that collate ask for the context length while the prompt's tensors come and go.
    private int _virtualTokens;

    internal GptModel(GptOptions options, BuildContext context) : base(nameof(GptModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (options.Layers is null || options.HiddenSize is null || options.Heads is null || options.ContextLength is null
            || options.VocabularySize is null || options.FeedForwardSize is null)
        {
            throw new ModelException("The options of 'gpt' are not resolved. Call Resolve, which fills in the sizes, before Build.");
        }

        _options = options;
        _autocast = context.Autocast;
        register_module("transformer", _transformer = new GptTransformer(options, context));
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public int VocabularySize => _options.VocabularySize!.Value;

    /// <inheritdoc/>
    public int ContextLength => _options.ContextLength!.Value - _virtualTokens;

    /// <summary>The hidden size: a text's vector is the mean of its tokens' final hidden states.</summary>
    /// <inheritdoc/>
    public int EmbeddingSize => _options.HiddenSize!.Value;

    /// <inheritdoc/>
    public PromptShape PromptShape => new(
        _options.Layers!.Value, _options.Heads!.Value, _options.HiddenSize!.Value / _options.Heads!.Value, _options.HiddenSize!.Value);

    /// <inheritdoc/>
    public Parameter TokenEmbeddings => _transformer.TokenEmbeddings;

    /// <inheritdoc/>
    /// <exception cref="ModelException">A part has another shape than <see cref="PromptShape"/> says, or fills the context.</exception>
    public Prompt? Prompt
    {
        get => _prompt;
        set
        {
            VirtualTokens.Check(value, PromptShape);
            if (VirtualTokens.Count(value) >= _options.ContextLength)
                throw new ModelException($"The prompt has {VirtualTokens.Count(value)} virtual tokens, which leaves none of the context length {_options.ContextLength}. Make it shorter.");
            _prompt = value;
            _virtualTokens = VirtualTokens.Count(value);
        }
    }

    /// <inheritdoc/>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = Hidden(batch[BatchNames.InputIds], new GptPass
        {
            AttentionMask = batch.Find(BatchNames.AttentionMask),
            PositionIds = batch.Find(BatchNames.PositionIds),
            SequenceIds = batch.Find(BatchNames.SequenceIds),
            Prompt = _prompt,
        });
        return CrossEntropy.OfLinear(
            hidden.reshape(-1, EmbeddingSize), // [B, T, E] -> [B·T, E]
            TokenEmbeddings,
            batch[BatchNames.Labels].reshape(-1),
            _autocast).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IKeyValueCache NewCache(int batchSize, int capacity)
    {
        if (capacity > ContextLength)
            throw new ModelException($"A key/value cache of {capacity} tokens was asked for, but the context length is {ContextLength}.");
        Parameter like = TokenEmbeddings;
        // The processor attends from the cache in float32, whatever its products run in.
        bool wide = _options.UpcastAttention || like.device_type == DeviceType.CPU;
        torch.ScalarType type = wide ? torch.ScalarType.Float32 : _autocast.Type;
        PromptShape shape = PromptShape;
        return new KeyValueCache(shape.Layers, batchSize, shape.Heads, capacity, VirtualTokens.Count(_prompt), shape.HeadSize, type, like.device);
    }

    /// <inheritdoc/>
    public Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        if (cache is not (null or KeyValueCache))
            throw new ModelException($"The cache is a {cache.GetType().Name}. Make it with this model's NewCache.");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = Hidden(inputIds, new GptPass { AttentionMask = attentionMask, Prompt = _prompt, Cache = (KeyValueCache?)cache });
        if (lastOnly)
            hidden = hidden.narrow(1, hidden.size(1) - 1, 1); // [B, T, E] -> [B, 1, E]
        return Head(hidden).MoveToOuterDisposeScope();
    }

    /// <summary>Copies of all linear maps, and of the token embedding as output head.</summary>
    /// <inheritdoc/>
    public void PackWeights(WeightFormat? format)
    {
        PackedWeight? head = format is { } wanted ? PackedWeight.Of(TokenEmbeddings, bias: null, wanted) : null;
        _head?.Dispose();
        _head = head;
        foreach (Linear map in modules().OfType<Linear>())
            map.Pack(format);
    }

    /// <inheritdoc/>
    public Tensor Embed(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor? mask = batch.Find(BatchNames.AttentionMask);
        Tensor hidden = Hidden(batch[BatchNames.InputIds], new GptPass { AttentionMask = mask, Prompt = _prompt });
        if (mask is null)
            return hidden.mean([1L]).MoveToOuterDisposeScope(); // [B, T, E] -> [B, E]
        Tensor weights = mask.unsqueeze(2).to(hidden.dtype); // [B, T, 1]
        return ((hidden * weights).sum(1L) / weights.sum(1L).clamp(min: 1)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Forward cost as Chowdhery et al. (2022, appendix B) count it: two operations a weight of each matrix, the tied
    /// head's among them, and 4·L·E·T for scores and weighted values over a full context. Activations follow
    /// Korthikanti et al. (2022, section 4) with attention that does not keep its T × T weights, except as plain products on a CPU.
    /// </summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            DeviceType device = TokenEmbeddings.device_type == DeviceType.CUDA ? DeviceType.CUDA : DeviceType.CPU;
            int context = _options.ContextLength!.Value;
            var cost = new TransformerCost(
                _options.Layers!.Value, _options.HiddenSize!.Value, _options.FeedForwardSize!.Value, _options.Heads!.Value, context);
            double head = 2.0 * _options.HiddenSize!.Value * VocabularySize;
            double kept = cost.ActivationBytes(_autocast.Enabled ? 2 : 4, Attention.IsPlain(_autocast, device, context, context));
            double others = 4 * 2 * _options.HiddenSize!.Value;
            return new ModelCost("token", context, cost.ForwardFlop + head, kept + others)
            {
                CheckpointedActivationBytes = cost.CheckpointedBytes(kept) + others,
                IsCheckpointed = _options.ActivationCheckpointing,
            };
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _head?.Dispose();
        base.Dispose(disposing);
    }

    // [B, T] -> [B, T, E]: without the virtual tokens, which have no labels and no logits.
    private Tensor Hidden(Tensor inputIds, GptPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = _transformer.Forward(inputIds, pass);
        long tokens = inputIds.size(1);
        return (hidden.size(1) == tokens ? hidden : hidden.narrow(1, hidden.size(1) - tokens, tokens)).MoveToOuterDisposeScope();
    }

    // [..., E] -> [..., vocabulary], float32
    private Tensor Head(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = _head is { } packed && !torch.is_grad_enabled()
            ? packed.Apply(hidden)
            : Linear.Apply(hidden, TokenEmbeddings, bias: null, _autocast);
        return (logits.dtype == torch.ScalarType.Float32 ? logits : logits.to(torch.ScalarType.Float32)).MoveToOuterDisposeScope();
    }

}
