using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.VitMae;

/// <summary>
/// The encoder, a vision transformer over the visible patches. B: batch, C: channels, S: height and width of a patch, G: patches,
/// K: visible patches, E: hidden size.
/// </summary>
internal sealed class MaeEncoder : NamedModule
{
    private const string ClassToken = "cls_token";
    private const string Positions = "position_embeddings";
    private readonly MaeSizes _sizes;
    private readonly MaeLayers _layers;
    private readonly Embeddings _embeddings;
    private readonly LayerNorm _finalNorm;

    public MaeEncoder(MaeSizes sizes, MaeOptions options, BuildContext context) : base(nameof(MaeEncoder))
    {
        _sizes = sizes;
        _layers = new MaeLayers(sizes.Encoder, options, context);
        register_module("embeddings", _embeddings = new Embeddings(sizes, options, context));
        register_module("encoder", new NameScope(("layer", _layers.Modules)));
        register_module("layernorm", _finalNorm = new LayerNorm(sizes.Encoder.HiddenSize, options.LayerNormEpsilon, context));
    }

    /// <summary>The hidden states after the last layer norm, the class token first.</summary>
    /// <param name="pixels">float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="mask">The visible patches, or null for all patches in order.</param>
    /// <param name="hiddenStates">Receives the embeddings and the output of each layer; or null.</param>
    /// <returns>float32 [B, 1 + K, E] in the current dispose scope.</returns>
    public Tensor Forward(Tensor pixels, MaeMask? mask, List<Tensor>? hiddenStates = null)
    {
        CheckShape(pixels);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = _layers.Forward(_embeddings.Forward(pixels, mask), hiddenStates);
        hiddenStates?.ForEach(state => state.MoveToOuterDisposeScope());
        return _finalNorm.call(x).MoveToOuterDisposeScope();
    }

    private void CheckShape(Tensor pixels)
    {
        if (pixels.ndim != 4 || pixels.size(1) != _sizes.Channels || pixels.size(2) != _sizes.ImageSize
            || pixels.size(3) != _sizes.ImageSize)
        {
            throw new ModelException(
                $"'{BatchNames.PixelValues}' has the shape [{string.Join(", ", pixels.shape)}]; this model takes " +
                $"[B, {_sizes.Channels}, {_sizes.ImageSize}, {_sizes.ImageSize}].");
        }
    }

    private sealed class Embeddings : NamedModule
    {
        private readonly Convolution _projection;

        public Embeddings(MaeSizes sizes, MaeOptions options, BuildContext context) : base(nameof(Embeddings))
        {
            int hidden = sizes.Encoder.HiddenSize;
            _projection = new Convolution(sizes.Channels, hidden, sizes.PatchSize, context, sizes.PatchSize);
            register_parameter(ClassToken, new Parameter(torch.empty([1, 1, hidden], torch.ScalarType.Float32, context.Device)));
            register_buffer(Positions, FixedPositions.Create(sizes.Side, hidden, context.Device));
            register_module("patch_embeddings", new NameScope(("projection", _projection)));
            Initialization.Normal(get_parameter(ClassToken)!, options.InitializerRange);
            Initialization.Normal(_projection.Weight, options.InitializerRange);
        }

        public Tensor Forward(Tensor pixels, MaeMask? mask)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor positions = get_buffer(Positions)!;
            Tensor x = _projection.call(pixels).flatten(2).transpose(1, 2); // [B, C, H, W] -> [B, E, H / S, W / S] -> [B, G, E]
            x = x + positions.narrow(1, 1, x.size(1));
            x = mask?.Select(x) ?? x; // -> [B, K, E]
            Tensor first = get_parameter(ClassToken)! + positions.narrow(1, 0, 1);
            return torch.cat([first.expand(x.size(0), -1, -1), x], 1).MoveToOuterDisposeScope(); // -> [B, 1 + K, E]
        }
    }
}

/// <summary>The decoder, a smaller transformer over all patches, in which a learned vector represents each hidden patch.</summary>
internal sealed class MaeDecoder : NamedModule
{
    private const string MaskToken = "mask_token";
    private const string Positions = "decoder_pos_embed";
    private readonly Linear _embed;
    private readonly MaeLayers _layers;
    private readonly LayerNorm _norm;
    private readonly Linear _predict;

    public MaeDecoder(MaeSizes sizes, MaeOptions options, BuildContext context) : base(nameof(MaeDecoder))
    {
        int hidden = sizes.Decoder.HiddenSize;
        _layers = new MaeLayers(sizes.Decoder, options, context);
        register_parameter(MaskToken, new Parameter(torch.empty([1, 1, hidden], torch.ScalarType.Float32, context.Device)));
        register_buffer(Positions, FixedPositions.Create(sizes.Side, hidden, context.Device));
        register_module("decoder_embed", _embed = new Linear(sizes.Encoder.HiddenSize, hidden, context));
        register_module("decoder_layers", _layers.Modules);
        register_module("decoder_norm", _norm = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        register_module("decoder_pred", _predict = new Linear(hidden, sizes.PatchPixels, context));
        Initialization.Normal(get_parameter(MaskToken)!, options.InitializerRange);
        Initialization.Normal(_embed.Weight, options.InitializerRange);
        Initialization.Normal(_predict.Weight, options.InitializerRange);
    }

    /// <summary>The predicted pixels of all patches.</summary>
    /// <param name="hidden">float32 [B, 1 + K, E] from the encoder. Not disposed.</param>
    /// <param name="mask">The visible patches.</param>
    /// <returns>float32 [B, G, S·S·C] in the current dispose scope.</returns>
    public Tensor Forward(Tensor hidden, MaeMask mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = _embed.call(hidden).to(torch.ScalarType.Float32); // [B, 1 + K, E] -> [B, 1 + K, D]
        (long visible, long patches) = (x.size(1) - 1, mask.Restore.size(1));
        Tensor masked = get_parameter(MaskToken)!.expand(x.size(0), patches - visible, -1);
        Tensor all = mask.Arrange(torch.cat([x.narrow(1, 1, visible), masked], 1)); // [B, G, D]
        x = torch.cat([x.narrow(1, 0, 1), all], 1) + get_buffer(Positions)!; // [B, 1 + G, D]
        Tensor predicted = _predict.call(_norm.call(_layers.Forward(x))); // -> [B, 1 + G, S·S·C]
        return predicted.narrow(1, 1, patches).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}

/// <summary>A stack of layers.</summary>
internal sealed class MaeLayers
{
    private readonly bool _checkpointing;
    private readonly VisionLayer[] _layers;

    public MaeLayers(TransformerShape shape, MaeOptions options, BuildContext context)
    {
        _checkpointing = options.ActivationCheckpointing;
        var layerOptions = new VisionLayerOptions
        {
            Activation = options.Activation,
            Dropout = options.Dropout,
            AttentionDropout = options.AttentionDropout,
            QkvBias = options.QkvBias,
            LayerNormEpsilon = options.LayerNormEpsilon,
            InitializerRange = options.InitializerRange,
        };
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(_ => new VisionLayer(shape, layerOptions, context))];
        Modules = torch.nn.ModuleList(_layers);
    }

    public torch.nn.Module Modules { get; }

    // [B, N, E] -> float32 [B, N, E]; it and the hidden states are in the current dispose scope.
    public Tensor Forward(Tensor x, List<Tensor>? hiddenStates = null)
    {
        hiddenStates?.Add(x);
        bool keepsStates = true; // the first one is the caller's
        foreach (VisionLayer layer in _layers)
        {
            Tensor output = _checkpointing ? ActivationCheckpointing.Apply(given => layer.Forward(given[0]!), x) : layer.Forward(x);
            x = HiddenState.Next(x, output, keepsStates);
            keepsStates = hiddenStates is not null;
            hiddenStates?.Add(x);
        }

        return x;
    }
}
