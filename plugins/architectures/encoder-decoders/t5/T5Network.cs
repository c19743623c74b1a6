using Tenon.Layers;

namespace Tenon.T5;

/// <summary>The encoder. B: batch, S: source positions, T: target positions, E: hidden size, H: heads, D: head size.</summary>
internal sealed class T5Encoder : SourceEncoder
{
    private readonly Embedding _tokens;
    private readonly T5Stack _stack;
    private readonly double _dropout;

    public T5Encoder(T5Options options, Embedding tokens, BuildContext context)
        : base(nameof(T5Encoder), ResolvedOptions.Value(options.Layers), context.Autocast)
    {
        _tokens = tokens;
        _dropout = options.Dropout;
        _stack = new T5Stack(options, ResolvedOptions.Value(options.Layers), isDecoder: false, context);
        register_module("block", _stack.Blocks);
        register_module("final_layer_norm", _stack.FinalNorm);
    }

    protected override Tensor Embed(Tensor inputIds) => _tokens.call(inputIds);

    protected override Tensor Enter(Tensor x) => Dropout.Apply(x, _dropout, training);

    protected override Tensor? PositionBias(long length) => _stack.Positions.Encoder(length);

    protected override Tensor Block(int layer, Tensor x, Tensor? attentionBias) => _stack.Blocks[layer].Encode(x, attentionBias);

    protected override Tensor Normalize(Tensor x) => Dropout.Apply(_stack.FinalNorm.call(x), _dropout, training);
}

/// <summary>The decoder.</summary>
internal sealed class T5Decoder : TargetDecoder
{
    private readonly Embedding _tokens;
    private readonly T5Stack _stack;
    private readonly double _dropout;

    public T5Decoder(T5Options options, Embedding tokens, BuildContext context)
        : base(nameof(T5Decoder), T5Configuration.Sizes(options).Decoder, context.Autocast)
    {
        _tokens = tokens;
        _dropout = options.Dropout;
        _stack = new T5Stack(options, Configuration.Shape.Layers, isDecoder: true, context);
        register_module("block", _stack.Blocks);
        register_module("final_layer_norm", _stack.FinalNorm);
    }

    public override Parameter TokenEmbeddings => _tokens.Weight;

    protected override MultiHeadAttention CrossAttention(int layer) => _stack.Blocks[layer].CrossAttention!;

    protected override Tensor Embed(Tensor inputIds) => Dropout.Apply(_tokens.call(inputIds), _dropout, training);

    protected override Tensor? PositionBias(Tensor positions, CausalPass pass) => _stack.Positions.Decoder(positions, pass);

    protected override Tensor Block(int layer, Tensor x, BlockPass pass) => _stack.Blocks[layer].Decode(layer, x, pass);

    protected override Tensor Normalize(Tensor x) => Dropout.Apply(_stack.FinalNorm.call(x), _dropout, training);
}

/// <summary>
/// The parts that encoder and decoder have in common. The table of relative positions is in the first block and serves all.
/// </summary>
internal sealed class T5Stack
{
    public T5Stack(T5Options options, int layers, bool isDecoder, BuildContext context)
    {
        int hidden = ResolvedOptions.Value(options.HiddenSize), heads = ResolvedOptions.Value(options.Heads);
        Blocks = torch.nn.ModuleList<T5Block>([.. Enumerable.Range(0, layers).Select(_ => new T5Block(options, isDecoder, context))]);
        FinalNorm = new RmsNorm(hidden, options.LayerNormEpsilon, context);
        var table = new Embedding(options.RelativeBuckets, heads, context);
        Initialization.Normal(table.Weight, options.InitializerFactor / Math.Sqrt(hidden));
        Blocks[0].SelfAttention.register_module("relative_attention_bias", table);
        Positions = new RelativePositions(table, options.RelativeMaxDistance, bidirectional: !isDecoder);
    }

    public TorchSharp.Modules.ModuleList<T5Block> Blocks { get; }

    public RmsNorm FinalNorm { get; }

    public RelativePositions Positions { get; }
}

/// <summary>
/// Self-attention, in the decoder also cross-attention, and a feed-forward network, each after a normalization and added to the
/// residual stream. Attention scores are not scaled; the initial weights account for that.
/// </summary>
internal sealed class T5Block : NamedModule
{
    private static readonly AttentionNames Names = new("q", "k", "v", "o");

    private readonly RmsNorm _selfNorm;
    private readonly RmsNorm? _crossNorm;
    private readonly RmsNorm _feedForwardNorm;
    private readonly T5FeedForward _feedForward;
    private readonly double _dropout;

    public T5Block(T5Options options, bool isDecoder, BuildContext context) : base(nameof(T5Block))
    {
        int hidden = ResolvedOptions.Value(options.HiddenSize);
        _dropout = options.Dropout;
        SelfAttention = Attention(options, context);
        _selfNorm = new RmsNorm(hidden, options.LayerNormEpsilon, context) { FeedsMaps = true };
        _feedForward = new T5FeedForward(options, context);
        _feedForwardNorm = new RmsNorm(hidden, options.LayerNormEpsilon, context) { FeedsMaps = true };
        List<NameScope> sublayers = [new NameScope(("SelfAttention", SelfAttention), ("layer_norm", _selfNorm))];
        if (isDecoder)
        {
            CrossAttention = Attention(options, context);
            _crossNorm = new RmsNorm(hidden, options.LayerNormEpsilon, context) { FeedsMaps = true };
            sublayers.Add(new NameScope(("EncDecAttention", CrossAttention), ("layer_norm", _crossNorm)));
        }

        sublayers.Add(new NameScope(("DenseReluDense", _feedForward), ("layer_norm", _feedForwardNorm)));
        register_module("layer", torch.nn.ModuleList<NameScope>([.. sublayers]));
    }

    public MultiHeadAttention SelfAttention { get; }

    public MultiHeadAttention? CrossAttention { get; }

    // [B, S, E] -> [B, S, E]
    public Tensor Encode(Tensor x, Tensor? attentionBias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        x = x + Drop(SelfAttention.ToAll(_selfNorm.call(x), attentionBias));
        return (x + Drop(_feedForward.call(_feedForwardNorm.call(x)))).MoveToOuterDisposeScope();
    }

    // [B, T, E] -> [B, T, E]
    public Tensor Decode(int layer, Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        x = x + Drop(SelfAttention.ToPreceding(layer, _selfNorm.call(x), pass));
        x = x + Drop(CrossAttention!.ToSource(layer, _crossNorm!.call(x), pass.Sources!));
        return (x + Drop(_feedForward.call(_feedForwardNorm.call(x)))).MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor x) => Dropout.Apply(x, _dropout, training);

    private static MultiHeadAttention Attention(T5Options options, BuildContext context)
    {
        int hidden = ResolvedOptions.Value(options.HiddenSize);
        int heads = ResolvedOptions.Value(options.Heads), size = ResolvedOptions.Value(options.HeadSize);
        var attention = new MultiHeadAttention(Names, hidden, heads, size, scale: 1, bias: false, options.Dropout, context);
        // Smaller queries take the place of the scale 1/√D.
        Initialization.Normal(attention.Query.Weight, options.InitializerFactor / Math.Sqrt((double)hidden * size));
        Initialization.Normal(attention.Key.Weight, options.InitializerFactor / Math.Sqrt(hidden));
        Initialization.Normal(attention.Value.Weight, options.InitializerFactor / Math.Sqrt(hidden));
        Initialization.Normal(attention.Output.Weight, options.InitializerFactor / Math.Sqrt((double)heads * size));
        return attention;
    }
}

/// <summary>The feed-forward network, with or without a gate; the activations are dropped too.</summary>
internal sealed class T5FeedForward : NamedModule<Tensor, Tensor>
{
    private readonly Linear? _gate;
    private readonly Linear _up;
    private readonly Linear _down;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly double _dropout;

    public T5FeedForward(T5Options options, BuildContext context) : base(nameof(T5FeedForward))
    {
        int hidden = ResolvedOptions.Value(options.HiddenSize), inner = ResolvedOptions.Value(options.FeedForwardSize);
        _activation = Activations.Find(T5Configuration.Activation(options), "feedForward");
        _dropout = options.Dropout;
        bool isGated = T5Configuration.IsGated(options);
        if (isGated)
            register_module("wi_0", _gate = New(hidden, inner));
        register_module(isGated ? "wi_1" : "wi", _up = New(hidden, inner));
        register_module("wo", _down = New(inner, hidden));

        Linear New(int from, int to)
        {
            var map = new Linear(from, to, context, bias: false);
            Initialization.Normal(map.Weight, options.InitializerFactor / Math.Sqrt(from));
            return map;
        }
    }

    // [..., E] -> [..., E]
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor wide = _gate is null ? _activation(_up.call(input)) : _activation(_gate.call(input)) * _up.call(input); // [..., F]
        return _down.call(Dropout.Apply(wide, _dropout, training)).MoveToOuterDisposeScope();
    }
}
