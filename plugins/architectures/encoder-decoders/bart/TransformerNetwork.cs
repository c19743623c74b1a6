using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>The encoder. B: batch, S: source positions, T: target positions, E: hidden size, H: heads, D: head size.</summary>
internal sealed class TransformerEncoder : SourceEncoder
{
    private readonly InputEmbedding _input;
    private readonly EncoderBlock[] _blocks;

    public TransformerEncoder(TransformerOptions options, TransformerSizes sizes, Embedding tokens, BuildContext context)
        : base(nameof(TransformerEncoder), sizes.Configuration.Encoder.Layers, context.Autocast)
    {
        _input = InputEmbedding.AddTo(this, options, sizes, tokens, context);
        _blocks = [.. Enumerable.Range(0, sizes.Configuration.Encoder.Layers).Select(_ => new EncoderBlock(options, sizes, context))];
        register_module("layers", torch.nn.ModuleList(_blocks));
    }

    protected override Tensor Embed(Tensor inputIds) => _input.Embed(inputIds);

    protected override Tensor Enter(Tensor x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor positions = torch.arange(x.size(1), torch.ScalarType.Int64, x.device);
        return _input.Enter(x, positions, training).MoveToOuterDisposeScope();
    }

    protected override Tensor Block(int layer, Tensor x, Tensor? attentionBias) => _blocks[layer].Forward(x, attentionBias);
}

/// <summary>The decoder.</summary>
internal sealed class TransformerDecoder : TargetDecoder
{
    private readonly InputEmbedding _input;
    private readonly DecoderBlock[] _blocks;

    public TransformerDecoder(TransformerOptions options, TransformerSizes sizes, Embedding tokens, BuildContext context)
        : base(nameof(TransformerDecoder), sizes.Configuration.Decoder, context.Autocast)
    {
        _input = InputEmbedding.AddTo(this, options, sizes, tokens, context);
        _blocks = [.. Enumerable.Range(0, Configuration.Shape.Layers).Select(_ => new DecoderBlock(options, sizes, context))];
        register_module("layers", torch.nn.ModuleList(_blocks));
    }

    public override Parameter TokenEmbeddings => _input.TokenEmbeddings;

    protected override MultiHeadAttention CrossAttention(int layer) => _blocks[layer].CrossAttention;

    protected override Tensor Embed(Tensor inputIds) => _input.Embed(inputIds);

    protected override Tensor Enter(Tensor x, Tensor positions) => _input.Enter(x, positions, training);

    protected override Tensor Block(int layer, Tensor x, BlockPass pass) => _blocks[layer].Forward(layer, x, pass);

    // Each block ends with a normalization.
    protected override Tensor Normalize(Tensor x) => x;
}

/// <summary>
/// Token embeddings with positions: sines and cosines (Vaswani et al. 2017, section 3.5), or a learned table followed by a
/// normalization, as in BART.
/// </summary>
/// <param name="options">The dropout.</param>
/// <param name="sizes">The scale of token embeddings.</param>
/// <param name="tokens">The table of tokens.</param>
/// <param name="positions">BART's table of positions; null for sines and cosines.</param>
/// <param name="norm">BART's normalization; null for none.</param>
internal sealed class InputEmbedding(
    TransformerOptions options, TransformerSizes sizes, Embedding tokens, Embedding? positions, LayerNorm? norm)
{
    // Rows of BART's table before the first position; they are never used.
    private const int Offset = 2;

    public Parameter TokenEmbeddings => tokens.Weight;

    /// <summary>Creates the layers and registers them in an encoder or decoder.</summary>
    public static InputEmbedding AddTo(
        torch.nn.Module module, TransformerOptions options, TransformerSizes sizes, Embedding tokens, BuildContext context)
    {
        if (!sizes.IsBart)
            return new InputEmbedding(options, sizes, tokens, null, null);
        int hidden = sizes.Configuration.Encoder.HiddenSize;
        var positions = new Embedding(sizes.Configuration.SourceLength + Offset, hidden, context);
        Initialization.Normal(positions.Weight, options.InitializerRange);
        var norm = new LayerNorm(hidden, TransformerBlock.NormEpsilon, context);
        module.register_module("embed_positions", positions);
        module.register_module("layernorm_embedding", norm);
        return new InputEmbedding(options, sizes, tokens, positions, norm);
    }

    // [B, T] -> [B, T, E]
    public Tensor Embed(Tensor inputIds)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor embedded = tokens.call(inputIds);
        // As in the reference implementation, the padding token is not trained as an input; Marian's targets start with it.
        if (torch.is_grad_enabled())
            embedded = torch.where(inputIds.eq(sizes.Configuration.PadToken).unsqueeze(-1), embedded.detach(), embedded);
        return (sizes.EmbeddingScale == 1 ? embedded : embedded * sizes.EmbeddingScale).MoveToOuterDisposeScope();
    }

    // [B, T, E] -> [B, T, E]
    public Tensor Enter(Tensor x, Tensor places, bool training)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        x = x + (positions is null ? Sinusoids(places, x.size(2)) : positions.call(places + Offset));
        Tensor entered = Dropout.Apply(norm is null ? x : norm.call(x), options.Dropout, training);
        return entered.MoveToOuterDisposeScope();
    }

    // [...] -> [..., E]: the sines in the first half, the cosines in the second. In float64, because angles can be large.
    private static Tensor Sinusoids(Tensor places, long size)
    {
        Tensor exponents = torch.arange(size / 2, torch.ScalarType.Float64, places.device) * (2.0 / size);
        Tensor angles = places.to(torch.ScalarType.Float64).unsqueeze(-1) * (exponents * -Math.Log(10_000)).exp(); // [..., E / 2]
        return torch.cat([angles.sin(), angles.cos()], -1).to(torch.ScalarType.Float32);
    }
}
