namespace Tenon.Layers.Tests;

/// <summary>Sizes of a <see cref="GroupedDecoder"/> besides those that every decoder has.</summary>
internal sealed record GroupedSizes(DecoderConfiguration Decoder, double Epsilon = 1e-5);

/// <summary>
/// A decoder of shared layers with grouped-query attention, a sliding window, RMS norms, rotary positions and a gated
/// feed-forward network, with the state names of transformers' <c>MistralForCausalLM</c>.
/// </summary>
internal sealed class GroupedDecoder(GroupedSizes sizes, BuildContext context) : CausalLanguageModel(
    nameof(GroupedDecoder),
    context,
    ("model", new GroupedTransformer(sizes, context)),
    ("lm_head", new Linear(sizes.Decoder.Shape.HiddenSize, sizes.Decoder.VocabularySize, context, bias: false)))
{
    /// <summary>In eval mode, with weights from a fixed seed.</summary>
    public static GroupedDecoder Tiny(DecoderConfiguration decoder)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        var model = new GroupedDecoder(new GroupedSizes(decoder), new BuildContext(torch.CPU, new Autocast()));
        foreach (Parameter parameter in model.parameters())
            Initialization.Normal(parameter, 0.3);
        model.eval();
        return model;
    }
}

internal sealed class GroupedTransformer : CausalTransformer
{
    private readonly Embedding _tokens;
    private readonly RotaryPositions _rotary;
    private readonly GroupedBlock[] _blocks;
    private readonly RmsNorm _norm;

    public GroupedTransformer(GroupedSizes sizes, BuildContext context) : base(nameof(GroupedTransformer), sizes.Decoder, context.Autocast)
    {
        TransformerShape shape = Configuration.Shape;
        _rotary = new RotaryPositions(Configuration.HeadSize);
        register_module("embed_tokens", _tokens = new Embedding(Configuration.VocabularySize, shape.HiddenSize, context));
        _blocks = [.. Enumerable.Range(0, shape.Layers).Select(layer => new GroupedBlock(sizes, layer, _rotary, context))];
        register_module("layers", torch.nn.ModuleList(_blocks));
        register_module("norm", _norm = new RmsNorm(shape.HiddenSize, sizes.Epsilon, context));
    }

    public override Parameter TokenEmbeddings => _tokens.Weight;

    protected override Tensor Embed(Tensor inputIds) => _tokens.call(inputIds);

    protected override Tensor? Rotations(Tensor positions) => _rotary.At(positions);

    protected override Tensor Block(int layer, Tensor x, BlockPass pass) => _blocks[layer].Forward(x, pass);

    protected override Tensor Normalize(Tensor x) => _norm.call(x);
}

internal sealed class GroupedBlock : NamedModule
{
    private readonly int _layer;
    private readonly DecoderConfiguration _sizes;
    private readonly RotaryPositions _rotary;
    private readonly Autocast _autocast;
    private readonly RmsNorm _attentionNorm;
    private readonly RmsNorm _feedForwardNorm;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;
    private readonly Linear _gate;
    private readonly Linear _up;
    private readonly Linear _down;

    public GroupedBlock(GroupedSizes sizes, int layer, RotaryPositions rotary, BuildContext context) : base(nameof(GroupedBlock))
    {
        (_layer, _sizes, _rotary, _autocast) = (layer, sizes.Decoder, rotary, context.Autocast);
        (int hidden, int wide) = (_sizes.Shape.HiddenSize, _sizes.Shape.FeedForwardSize);
        (int queries, int keys) = (_sizes.Shape.Heads * _sizes.HeadSize, _sizes.KeyValueHeads * _sizes.HeadSize);
        _query = new Linear(hidden, queries, context, bias: false);
        _key = new Linear(hidden, keys, context, bias: false);
        _value = new Linear(hidden, keys, context, bias: false);
        _output = new Linear(queries, hidden, context, bias: false);
        _gate = new Linear(hidden, wide, context, bias: false);
        _up = new Linear(hidden, wide, context, bias: false);
        _down = new Linear(wide, hidden, context, bias: false);
        register_module("input_layernorm", _attentionNorm = new RmsNorm(hidden, sizes.Epsilon, context));
        register_module("post_attention_layernorm", _feedForwardNorm = new RmsNorm(hidden, sizes.Epsilon, context));
        register_module("self_attn", new NameScope(("q_proj", _query), ("k_proj", _key), ("v_proj", _value), ("o_proj", _output)));
        register_module("mlp", new NameScope(("gate_proj", _gate), ("up_proj", _up), ("down_proj", _down)));
    }

    // [B, N, E] -> [B, N, E]
    public Tensor Forward(Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor normed = _attentionNorm.call(x);
        Tensor query = _rotary.Rotate(MultiHead.Split(_query.call(normed), _sizes.Shape.Heads), pass.Rotations!);
        Tensor key = _rotary.Rotate(MultiHead.Split(_key.call(normed), _sizes.KeyValueHeads), pass.Rotations!);
        Tensor value = MultiHead.Split(_value.call(normed), _sizes.KeyValueHeads);
        x = x + _output.call(CausalAttention.Apply(query, key, value, _layer, pass, _autocast));
        Tensor wide = _feedForwardNorm.call(x);
        return (x + _down.call(Activations.Silu(_gate.call(wide)) * _up.call(wide))).MoveToOuterDisposeScope();
    }
}
