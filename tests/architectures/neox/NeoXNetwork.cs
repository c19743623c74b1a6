using Tenon.Layers;

namespace Tenon.NeoX;

/// <summary>The network up to the last layer norm. B: batch, N: positions, E: hidden size, H: heads, D: head size.</summary>
internal sealed class NeoXTransformer : CausalTransformer
{
    private readonly double _dropout;
    private readonly Embedding _tokens;
    private readonly RotaryPositions _rotary;
    private readonly NeoXBlock[] _blocks;
    private readonly LayerNorm _finalNorm;

    public NeoXTransformer(NeoXOptions options, BuildContext context)
        : base(nameof(NeoXTransformer), NeoXArchitecture.Decoder(options), context.Autocast)
    {
        TransformerShape shape = Configuration.Shape;
        _dropout = options.Dropout;
        _rotary = new RotaryPositions((int)(Configuration.HeadSize * options.RotaryShare), options.RotaryBase);
        register_module("embed_in", _tokens = new Embedding(Configuration.VocabularySize, shape.HiddenSize, context));
        _blocks = [.. Enumerable.Range(0, shape.Layers).Select(layer => new NeoXBlock(options, shape, layer, _rotary, context))];
        register_module("layers", torch.nn.ModuleList(_blocks));
        register_module("final_layer_norm", _finalNorm = new LayerNorm(shape.HiddenSize, options.LayerNormEpsilon, context));
        Initialization.Normal(_tokens.Weight, options.InitializerRange);
    }

    public override Parameter TokenEmbeddings => _tokens.Weight;

    public override IReadOnlyList<torch.nn.Module> Blocks => _blocks;

    protected override Tensor Embed(Tensor inputIds) => _tokens.call(inputIds);

    protected override Tensor Enter(Tensor x, Tensor positions) => Dropout.Apply(x, _dropout, training);

    protected override Tensor? Rotations(Tensor positions, CausalPass pass) => _rotary.At(positions);

    protected override Tensor Block(int layer, Tensor x, BlockPass pass) => _blocks[layer].Forward(x, pass);

    protected override Tensor Normalize(Tensor x) => _finalNorm.call(x);
}

/// <summary>One layer: attention and feed-forward network see the same input and are added to it together (parallel residual).</summary>
internal sealed class NeoXBlock : NamedModule
{
    private readonly LayerNorm _attentionNorm;
    private readonly LayerNorm _feedForwardNorm;
    private readonly NeoXAttention _attention;
    private readonly FeedForward _feedForward;

    public NeoXBlock(NeoXOptions options, TransformerShape shape, int layer, RotaryPositions rotary, BuildContext context)
        : base(nameof(NeoXBlock))
    {
        var up = new Linear(shape.HiddenSize, shape.FeedForwardSize, context);
        var down = new Linear(shape.FeedForwardSize, shape.HiddenSize, context);
        register_module("input_layernorm", _attentionNorm = new LayerNorm(shape.HiddenSize, options.LayerNormEpsilon, context));
        register_module("post_attention_layernorm", _feedForwardNorm = new LayerNorm(shape.HiddenSize, options.LayerNormEpsilon, context));
        register_module("attention", _attention = new NeoXAttention(options, shape, layer, rotary, context));
        register_module("mlp", _feedForward = new FeedForward(
            "dense_h_to_4h", up, Activations.Find(options.Activation, "activation"), "dense_4h_to_h", down, options.Dropout));
        Initialization.Normal(up.Weight, options.InitializerRange);
        Initialization.Normal(down.Weight, options.InitializerRange);
    }

    // [B, N, E] -> [B, N, E]
    public Tensor Forward(Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor attended = _attention.Forward(_attentionNorm.call(x), pass);
        return (x + attended + _feedForward.call(_feedForwardNorm.call(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head attention to the tokens before, with the first part of each head rotated.</summary>
internal sealed class NeoXAttention : NamedModule
{
    private readonly int _headSize;
    private readonly int _layer;
    private readonly double _weightDropout;
    private readonly double _outputDropout;
    private readonly Autocast _autocast;
    private readonly RotaryPositions _rotary;
    private readonly Linear _queryKeyValue;
    private readonly Linear _output;

    public NeoXAttention(NeoXOptions options, TransformerShape shape, int layer, RotaryPositions rotary, BuildContext context)
        : base(nameof(NeoXAttention))
    {
        (_headSize, _layer, _rotary, _autocast) = (shape.HeadSize, layer, rotary, context.Autocast);
        (_weightDropout, _outputDropout) = (options.AttentionDropout, options.Dropout);
        register_module("query_key_value", _queryKeyValue = new Linear(shape.HiddenSize, 3 * shape.HiddenSize, context));
        register_module("dense", _output = new Linear(shape.HiddenSize, shape.HiddenSize, context));
        Initialization.Normal(_queryKeyValue.Weight, options.InitializerRange);
        Initialization.Normal(_output.Weight, options.InitializerRange);
    }

    // [B, N, E] -> [B, N, E]
    public Tensor Forward(Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        // Query, key and value of a head are side by side: [B, N, 3E] -> [B, H, N, 3D] -> three of [B, H, N, D]
        Tensor[] parts = MultiHead.Split(_queryKeyValue.call(x), 3 * _headSize).chunk(3, -1);
        Tensor query = _rotary.Rotate(parts[0], pass.Rotations!);
        Tensor key = _rotary.Rotate(parts[1], pass.Rotations!);
        Tensor attended = CausalAttention.Apply(query, key, parts[2], _layer, pass, _autocast, dropout: training ? _weightDropout : 0);
        return Dropout.Apply(_output.call(attended), _outputDropout, training).MoveToOuterDisposeScope();
    }
}
