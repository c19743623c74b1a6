using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>
/// The network up to the final norm. B: batch, N: positions, E: hidden size, H: query heads, K: key/value heads, D: head size.
/// </summary>
internal sealed class LlamaTransformer : CausalTransformer
{
    private readonly Embedding _tokens;
    private readonly RotaryPositions _rotary;
    private readonly LlamaBlock[] _blocks;
    private readonly RmsNorm _norm;

    public LlamaTransformer(LlamaOptions options, BuildContext context)
        : base(nameof(LlamaTransformer), LlamaSizes.Decoder(options), context.Autocast)
    {
        TransformerShape shape = Configuration.Shape;
        _rotary = new RotaryPositions(Configuration.HeadSize, ResolvedOptions.Value(options.RopeTheta), LlamaRope.Scaling(options));
        register_module("embed_tokens", _tokens = new Embedding(Configuration.VocabularySize, shape.HiddenSize, context, packs: true)
        {
            IsDivided = true,
        });
        _blocks = [.. Enumerable.Range(0, shape.Layers).Select(layer => new LlamaBlock(options, Configuration, layer, _rotary, context))];
        register_module("layers", torch.nn.ModuleList(_blocks));
        register_module("norm", _norm = new RmsNorm(shape.HiddenSize, ResolvedOptions.Value(options.RmsNormEpsilon), context));
        Initialization.Normal(_tokens.Weight, options.InitializerRange);
    }

    public override Parameter TokenEmbeddings => _tokens.Weight;

    public override IReadOnlyList<torch.nn.Module> Blocks => _blocks;

    protected override Tensor Embed(Tensor inputIds) => _tokens.call(inputIds);

    protected override Tensor? Rotations(Tensor positions, CausalPass pass) => _rotary.At(positions, eachRowAlone: pass.Cache is not null);

    protected override Tensor Block(int layer, Tensor x, BlockPass pass) => _blocks[layer].Forward(x, pass);

    protected override Tensor Normalize(Tensor x) => _norm.call(x);
}

/// <summary>
/// One layer: attention and a gated feed-forward network, each preceded by an RMS norm and added to the residual stream.
/// </summary>
internal sealed class LlamaBlock : NamedModule
{
    private readonly RmsNorm _attentionNorm;
    private readonly LlamaAttention _attention;
    private readonly RmsNorm _feedForwardNorm;
    private readonly GatedFeedForward _feedForward;

    public LlamaBlock(LlamaOptions options, DecoderConfiguration sizes, int layer, RotaryPositions rotary, BuildContext context)
        : base(nameof(LlamaBlock))
    {
        (int hidden, int wide) = (sizes.Shape.HiddenSize, sizes.Shape.FeedForwardSize);
        double epsilon = ResolvedOptions.Value(options.RmsNormEpsilon);
        var gate = new Linear(hidden, wide, context, options.FeedForwardBias);
        var up = new Linear(hidden, wide, context, options.FeedForwardBias);
        var down = new Linear(wide, hidden, context, options.FeedForwardBias);
        register_module("self_attn", _attention = new LlamaAttention(options, sizes, layer, rotary, context));
        register_module("mlp", _feedForward = new GatedFeedForward(
            ("gate_proj", gate), ("up_proj", up), ("down_proj", down), Activations.Find(options.Activation, "activation")));
        register_module("input_layernorm", _attentionNorm = new RmsNorm(hidden, epsilon, context) { FeedsMaps = true });
        register_module("post_attention_layernorm", _feedForwardNorm = new RmsNorm(hidden, epsilon, context) { FeedsMaps = true });
        foreach (Linear map in new[] { gate, up, down })
            Initialization.Normal(map.Weight, options.InitializerRange);
    }

    // [B, N, E] -> [B, N, E]
    public Tensor Forward(Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        x = x + _attention.Forward(_attentionNorm.call(x), pass);
        return (x + _feedForward.call(_feedForwardNorm.call(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>Causal grouped-query attention (Ainslie et al. 2023) with rotary positions.</summary>
internal sealed class LlamaAttention : NamedModule
{
    private readonly DecoderConfiguration _sizes;
    private readonly int _layer;
    private readonly double _dropout;
    private readonly RotaryPositions _rotary;
    private readonly Autocast _autocast;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;
    private readonly RmsNorm? _queryNorm;
    private readonly RmsNorm? _keyNorm;

    public LlamaAttention(LlamaOptions options, DecoderConfiguration sizes, int layer, RotaryPositions rotary, BuildContext context)
        : base(nameof(LlamaAttention))
    {
        (_sizes, _layer, _dropout, _rotary, _autocast) = (sizes, layer, options.AttentionDropout, rotary, context.Autocast);
        LlamaClass own = LlamaClass.Of(ResolvedOptions.Value(options.Variant));
        bool bias = options.AttentionBias || own.BiasesQueryKeyValue;
        int hidden = sizes.Shape.HiddenSize;
        (int queries, int keys) = (sizes.Shape.Heads * sizes.HeadSize, sizes.KeyValueHeads * sizes.HeadSize);
        register_module("q_proj", _query = new Linear(hidden, queries, context, bias));
        register_module("k_proj", _key = new Linear(hidden, keys, context, bias));
        register_module("v_proj", _value = new Linear(hidden, keys, context, bias));
        register_module("o_proj", _output = new Linear(queries, hidden, context, options.AttentionBias));
        foreach (Linear map in new[] { _query, _key, _value, _output })
        {
            map.Division = map == _output ? LayerDivision.Inputs : LayerDivision.Outputs;
            Initialization.Normal(map.Weight, options.InitializerRange);
        }

        if (!own.NormalizesQueryKey)
            return;
        double epsilon = ResolvedOptions.Value(options.RmsNormEpsilon);
        register_module("q_norm", _queryNorm = new RmsNorm(sizes.HeadSize, epsilon, context) { IsOfHeads = true });
        register_module("k_norm", _keyNorm = new RmsNorm(sizes.HeadSize, epsilon, context) { IsOfHeads = true });
    }

    // [B, N, E] -> [B, N, E]
    public Tensor Forward(Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor query = Rotated(MultiHead.Split(_query.call(x), _sizes.HeadSize), _queryNorm, pass); // [B, N, E] -> [B, H, N, D]
        Tensor key = Rotated(MultiHead.Split(_key.call(x), _sizes.HeadSize), _keyNorm, pass); // -> [B, K, N, D]
        Tensor value = MultiHead.Split(_value.call(x), _sizes.HeadSize);
        double dropout = training ? _dropout : 0;
        Tensor attended = CausalAttention.Apply(query, key, value, _layer, pass, _autocast, dropout: dropout); // -> [B, N, H·D]
        return _output.call(attended).MoveToOuterDisposeScope();
    }

    private Tensor Rotated(Tensor heads, RmsNorm? norm, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _rotary.Rotate(norm is null ? heads : norm.call(heads), pass.Rotations!).MoveToOuterDisposeScope();
    }
}
