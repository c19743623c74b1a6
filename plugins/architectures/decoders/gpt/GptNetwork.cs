using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>The network up to the last layer norm. B: batch, N: positions, E: hidden size, H: heads, D: head size.</summary>
internal sealed class GptTransformer : CausalTransformer
{
    private readonly GptOptions _options;
    private readonly Embedding _tokens;
    private readonly Embedding _positions;
    private readonly GptBlock[] _blocks;
    private readonly LayerNorm _finalNorm;

    // If the option requests float32 attention in a bfloat16 run, attention has its own autocast.
    public GptTransformer(GptOptions options, BuildContext context)
        : base(nameof(GptTransformer), GptConfiguration.Decoder(options), options.UpcastAttention ? new Autocast() : context.Autocast)
    {
        _options = options;
        TransformerShape shape = Configuration.Shape;
        register_module("wte", _tokens = new Embedding(Configuration.VocabularySize, shape.HiddenSize, context, packs: true)
        {
            IsDivided = true,
        });
        register_module("wpe", _positions = new Embedding(Configuration.ContextLength, shape.HiddenSize, context));
        _blocks = [.. Enumerable.Range(0, shape.Layers).Select(layer => new GptBlock(options, shape, layer, context, AttentionType))];
        register_module("h", torch.nn.ModuleList(_blocks));
        register_module("ln_f", _finalNorm = new LayerNorm(shape.HiddenSize, options.LayerNormEpsilon, context));
        Initialization.Normal(_tokens.Weight, options.InitializerRange);
        Initialization.Normal(_positions.Weight, options.InitializerRange);
    }

    public override Parameter TokenEmbeddings => _tokens.Weight;

    public override IReadOnlyList<torch.nn.Module> Blocks => _blocks;

    protected override Tensor Embed(Tensor inputIds) => _tokens.call(inputIds);

    protected override Tensor Enter(Tensor x, Tensor positions) =>
        Dropout.Apply(x + _positions.call(positions), _options.EmbeddingDropout, training, _tokens.SequencePart);

    protected override Tensor Block(int layer, Tensor x, BlockPass pass) => _blocks[layer].Forward(x, pass);

    protected override Tensor Normalize(Tensor x) => _finalNorm.call(x);
}

/// <summary>One layer: attention and feed-forward network, each after a layer norm and added to the residual stream.</summary>
internal sealed class GptBlock : NamedModule
{
    private readonly LayerNorm _norm1;
    private readonly GptAttention _attention;
    private readonly LayerNorm _norm2;
    private readonly FeedForward _feedForward;
    private readonly PreNormStep _step;

    public GptBlock(GptOptions options, TransformerShape shape, int layer, BuildContext context, Autocast attentionType)
        : base(nameof(GptBlock))
    {
        var up = new Conv1D(shape.HiddenSize, shape.FeedForwardSize, context);
        var down = new Conv1D(shape.FeedForwardSize, shape.HiddenSize, context);
        register_module("ln_1", _norm1 = new LayerNorm(shape.HiddenSize, options.LayerNormEpsilon, context));
        register_module("attn", _attention = new GptAttention(options, shape, layer, context, attentionType));
        register_module("ln_2", _norm2 = new LayerNorm(shape.HiddenSize, options.LayerNormEpsilon, context));
        register_module("mlp", _feedForward = new FeedForward(
            "c_fc", up, Activations.Find(options.Activation, "activation"), "c_proj", down, options.Dropout));
        _step = new PreNormStep(_norm1, _attention.QueryKeyValue, _attention.Output, _norm2, _feedForward);
        Initialization.Normal(up.Weight, options.InitializerRange);
        Initialization.Normal(down.Weight, Initialization.ResidualStd(options.InitializerRange, shape.Layers));
    }

    // [B, N, E] -> [B, N, E]
    public Tensor Forward(Tensor x, BlockPass pass)
    {
        bool cached = pass is { Cache: not null, Prefix: null } && !training;
        if (cached && _step.Apply(x, pass.Cache!, _attention.Layer, _attention.Scale) is { } stepped)
            return stepped;
        using DisposeScope scope = torch.NewDisposeScope();
        x = x + _attention.Forward(_norm1.call(x), pass);
        return (x + _feedForward.call(_norm2.call(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head attention to the preceding tokens.</summary>
internal sealed class GptAttention : NamedModule
{
    private readonly int _headSize;
    private readonly double _weightDropout;
    private readonly double _outputDropout;
    private readonly Autocast _autocast;

    public GptAttention(GptOptions options, TransformerShape shape, int layer, BuildContext context, Autocast autocast)
        : base(nameof(GptAttention))
    {
        Layer = layer;
        _headSize = shape.HeadSize;
        Scale = (options.ScaleAttention ? 1 / Math.Sqrt(shape.HeadSize) : 1) / (options.ScaleAttentionByInverseLayer ? layer + 1 : 1);
        _weightDropout = options.AttentionDropout;
        _outputDropout = options.Dropout;
        _autocast = autocast;
        register_module("c_attn", QueryKeyValue = new Conv1D(shape.HiddenSize, 3 * shape.HiddenSize, context)
        {
            Division = LayerDivision.Outputs with { Parts = 3 },
        });
        register_module("c_proj", Output = new Conv1D(shape.HiddenSize, shape.HiddenSize, context)
        {
            Division = LayerDivision.Inputs,
        });
        Initialization.Normal(QueryKeyValue.Weight, options.InitializerRange);
        Initialization.Normal(Output.Weight, Initialization.ResidualStd(options.InitializerRange, shape.Layers));
    }

    /// <summary>[E] -> [3E].</summary>
    public Conv1D QueryKeyValue { get; }

    /// <summary>[E] -> [E].</summary>
    public Conv1D Output { get; }

    /// <summary>Index of the layer.</summary>
    public int Layer { get; }

    /// <summary>Scale of the attention scores.</summary>
    public double Scale { get; }

    // [B, N, E] -> [B, N, E]
    public Tensor Forward(Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor joined = QueryKeyValue.call(x); // [B, N, E] -> [B, N, 3E]
        Tensor attended = (pass.Prefix is null && !training ? pass.Cache?.Attend(Layer, joined, Scale) : null) ?? Attend(joined, pass);
        return Dropout.Apply(Output.call(attended), _outputDropout, training, Output.SequencePart).MoveToOuterDisposeScope();
    }

    // [B, N, 3E] -> [B, N, E]
    private Tensor Attend(Tensor joined, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] heads = [.. joined.chunk(3, -1).Select(part => MultiHead.Split(part, _headSize))]; // three of [B, N, E] -> [B, H, N, D]
        double dropout = training ? _weightDropout : 0;
        return CausalAttention.Apply(heads[0], heads[1], heads[2], Layer, pass, _autocast, Scale, dropout).MoveToOuterDisposeScope();
    }
}
