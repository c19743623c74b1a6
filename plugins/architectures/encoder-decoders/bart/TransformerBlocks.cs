using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>
/// What the blocks of encoder and decoder have in common: self-attention and a feed-forward network, each added to the residual stream,
/// which is then normalized.
/// </summary>
internal abstract class TransformerBlock : NamedModule
{
    /// <summary>torch's default, with which the published models were trained.</summary>
    internal const double NormEpsilon = 1e-5;

    private static readonly AttentionNames Names = new("q_proj", "k_proj", "v_proj", "out_proj");

    private readonly LayerNorm _attentionNorm;
    private readonly Linear _up;
    private readonly Linear _down;
    private readonly LayerNorm _feedForwardNorm;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly TransformerOptions _options;

    protected TransformerBlock(
        string name, TransformerShape shape, TransformerOptions options, TransformerSizes sizes, BuildContext context)
        : base(name)
    {
        (_options, _activation) = (options, sizes.Activation);
        register_module("self_attn", SelfAttention = NewAttention(shape, options, context));
        register_module("self_attn_layer_norm", _attentionNorm = new LayerNorm(shape.HiddenSize, NormEpsilon, context));
        register_module("fc1", _up = new Linear(shape.HiddenSize, shape.FeedForwardSize, context));
        register_module("fc2", _down = new Linear(shape.FeedForwardSize, shape.HiddenSize, context));
        register_module("final_layer_norm", _feedForwardNorm = new LayerNorm(shape.HiddenSize, NormEpsilon, context));
        Initialization.Normal(_up.Weight, options.InitializerRange);
        Initialization.Normal(_down.Weight, options.InitializerRange);
    }

    protected MultiHeadAttention SelfAttention { get; }

    // [B, T, E] -> [B, T, E]
    protected Tensor AddAttention(Tensor x, Tensor attended) => _attentionNorm.call(x + Drop(attended));

    // [B, T, E] -> [B, T, E]
    protected Tensor AddFeedForward(Tensor x)
    {
        Tensor wide = Dropout.Apply(_activation(_up.call(x)), _options.ActivationDropout, training); // [B, T, F]
        return _feedForwardNorm.call(x + Drop(_down.call(wide)));
    }

    protected Tensor Drop(Tensor x) => Dropout.Apply(x, _options.Dropout, training);

    protected static MultiHeadAttention NewAttention(TransformerShape shape, TransformerOptions options, BuildContext context)
    {
        var attention = new MultiHeadAttention(
            Names, shape.HiddenSize, shape.Heads, shape.HeadSize, 1 / Math.Sqrt(shape.HeadSize), bias: true, options.AttentionDropout,
            context);
        foreach (Linear map in new[] { attention.Query, attention.Key, attention.Value, attention.Output })
            Initialization.Normal(map.Weight, options.InitializerRange);
        return attention;
    }
}

/// <summary>A block of the encoder.</summary>
internal sealed class EncoderBlock(TransformerOptions options, TransformerSizes sizes, BuildContext context)
    : TransformerBlock(nameof(EncoderBlock), sizes.Configuration.Encoder, options, sizes, context)
{
    // [B, S, E] -> [B, S, E]
    public Tensor Forward(Tensor x, Tensor? attentionBias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        x = AddAttention(x, SelfAttention.ToAll(x, attentionBias));
        return AddFeedForward(x).MoveToOuterDisposeScope();
    }
}

/// <summary>A block of the decoder, which attends to the source between the two.</summary>
internal sealed class DecoderBlock : TransformerBlock
{
    private readonly LayerNorm _crossNorm;

    public DecoderBlock(TransformerOptions options, TransformerSizes sizes, BuildContext context)
        : base(nameof(DecoderBlock), sizes.Configuration.Decoder.Shape, options, sizes, context)
    {
        TransformerShape shape = sizes.Configuration.Decoder.Shape;
        register_module("encoder_attn", CrossAttention = NewAttention(shape, options, context));
        register_module("encoder_attn_layer_norm", _crossNorm = new LayerNorm(shape.HiddenSize, NormEpsilon, context));
    }

    public MultiHeadAttention CrossAttention { get; }

    // [B, T, E] -> [B, T, E]
    public Tensor Forward(int layer, Tensor x, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        x = AddAttention(x, SelfAttention.ToPreceding(layer, x, pass));
        x = _crossNorm.call(x + Drop(CrossAttention.ToSource(layer, x, pass.Sources!)));
        return AddFeedForward(x).MoveToOuterDisposeScope();
    }
}
