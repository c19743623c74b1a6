namespace Tenon.Layers.Images;

/// <summary>
/// One layer of a vision transformer: attention and feed-forward network, each after a layer norm and added to the residual
/// stream (Dosovitskiy et al. 2020, equations 2 and 3). State names match transformers' ViT, MAE and Swin:
/// <c>layernorm_before</c>, <c>attention</c>, <c>layernorm_after</c>, <c>intermediate</c>, <c>output</c>.
/// </summary>
public sealed class VisionLayer : NamedModule
{
    private readonly double _dropout;
    private readonly double _stochasticDepth;
    private readonly LayerNorm _normBefore;
    private readonly SelfAttention _attention;
    private readonly Linear _attentionOutput;
    private readonly LayerNorm _normAfter;
    private readonly Linear _intermediate;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly Linear _output;

    /// <summary>Creates a layer in which every token attends to every other one; its attention is named <c>attention</c>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="options">The other settings.</param>
    /// <param name="context">Device and autocast of the model.</param>
    public VisionLayer(TransformerShape shape, VisionLayerOptions options, BuildContext context)
        : this(("attention", options.Attention(shape.HiddenSize, shape.Heads, context)), shape, options, context) { }

    /// <summary>Creates a layer with a different attention.</summary>
    /// <param name="attention">The attention with its state name, without its output projection, which belongs to this layer.</param>
    /// <param name="shape">Hidden size and width of the feed-forward network.</param>
    /// <param name="options">The other settings.</param>
    /// <param name="context">Device and autocast of the model.</param>
    public VisionLayer(
        (string Name, SelfAttention Module) attention, TransformerShape shape, VisionLayerOptions options, BuildContext context)
        : base(nameof(VisionLayer))
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(options);
        (int hidden, int wide) = (shape.HiddenSize, shape.FeedForwardSize);
        _dropout = options.Dropout;
        _stochasticDepth = options.StochasticDepth;
        _attention = attention.Module;
        _attentionOutput = new Linear(hidden, hidden, context) { Division = LayerDivision.Inputs };
        _intermediate = new Linear(hidden, wide, context) { Division = LayerDivision.Outputs };
        _activation = Activations.Find(options.Activation, "activation");
        _output = new Linear(wide, hidden, context) { Division = LayerDivision.Inputs };
        register_module("layernorm_before", _normBefore = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        register_module("attention",
            new NameScope((attention.Name, attention.Module), ("output", new NameScope(("dense", _attentionOutput)))));
        register_module("layernorm_after", _normAfter = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        register_module("intermediate", new NameScope(("dense", _intermediate)));
        register_module("output", new NameScope(("dense", _output)));
        foreach (Linear map in new[] { _attentionOutput, _intermediate, _output })
            Initialization.Normal(map.Weight, options.InitializerRange);
    }

    /// <summary>Applies the layer to tokens that all attend to each other.</summary>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <param name="prefix">Keys and values of virtual tokens, [2, H, P, D]; or null. Not disposed.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    public Tensor Forward(Tensor x, Tensor? prefix = null) => Forward(x, normed => _attention.Forward(normed, attentionBias: null, prefix));

    /// <summary>Applies the layer with the architecture's own form of attention.</summary>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <param name="attend">Maps the normalized input to the concatenated heads of attention, [B, N, E] -> [B, N, E].</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    public Tensor Forward(Tensor x, Func<Tensor, Tensor> attend)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(attend);
        using DisposeScope scope = torch.NewDisposeScope();
        x = x + Drop(_attentionOutput.call(attend(_normBefore.call(x))));
        Tensor wide = _activation(_intermediate.call(_normAfter.call(x))); // [B, N, E] -> [B, N, F]
        return (x + Drop(_output.call(wide))).MoveToOuterDisposeScope(); // [B, N, F] -> [B, N, E]
    }

    private Tensor Drop(Tensor residual) =>
        StochasticDepth.Apply(Dropout.Apply(residual, _dropout, training), _stochasticDepth, training);
}

/// <summary>Options that all layers of a vision transformer share, besides their sizes.</summary>
public sealed record VisionLayerOptions
{
    /// <summary>Activation of the feed-forward network.</summary>
    public required string Activation { get; init; }

    /// <summary>Probability of dropping an element of the output of attention or of the feed-forward network.</summary>
    public double Dropout { get; init; }

    /// <summary>Probability of dropping the whole output of attention, or of the feed-forward network, for an image
    /// (<see cref="Layers.StochasticDepth"/>).</summary>
    public double StochasticDepth { get; init; }

    /// <summary>Probability of dropping an attention weight.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Whether queries, keys and values have a bias.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Added to the variance in each layer norm.</summary>
    public required double LayerNormEpsilon { get; init; }

    /// <summary>Standard deviation of the initial weights.</summary>
    public required double InitializerRange { get; init; }

    // The attention of a layer that uses plain self-attention.
    internal SelfAttention Attention(int hidden, int heads, BuildContext context) =>
        new(hidden, heads, context, QkvBias, InitializerRange, AttentionDropout);
}
