using Tenon.Layers;

namespace Tenon.Vit;

/// <summary>
/// The encoder. B: batch, C: channels, S: height and width of a patch, G: patches, V: virtual tokens in the input,
/// N = 1 + V + G, P: virtual tokens that are keys and values, E: hidden size, H: heads, D: head size.
/// </summary>
internal sealed class VitEncoder : NamedModule
{
    private readonly bool _checkpointing;
    private readonly VitEmbeddings _embeddings;
    private readonly VitLayer[] _layers;
    private readonly LayerNorm _finalNorm;

    public VitEncoder(VitSizes sizes, VitOptions options, BuildContext context) : base(nameof(VitEncoder))
    {
        _checkpointing = options.ActivationCheckpointing;
        _layers = [.. Enumerable.Range(0, sizes.Layers).Select(_ => new VitLayer(sizes, options, context))];
        register_module("embeddings", _embeddings = new VitEmbeddings(sizes, options, context));
        register_module("encoder", new NameScope(("layer", torch.nn.ModuleList(_layers))));
        register_module("layernorm", _finalNorm = new LayerNorm(sizes.HiddenSize, options.LayerNormEpsilon, context));
    }

    /// <summary>Where the parameters are.</summary>
    public torch.Device Device => _embeddings.ClassToken.device;

    /// <summary>The hidden states after the last layer norm.</summary>
    /// <param name="pixels">float32 [B, C, height, width].</param>
    /// <param name="prompt">Virtual tokens, or null.</param>
    /// <param name="hiddenStates">Receives the embeddings and the output of each layer; or null.</param>
    /// <returns>float32 [B, N, E], the class token first, in the current dispose scope.</returns>
    public Tensor Forward(Tensor pixels, Prompt? prompt, List<Tensor>? hiddenStates = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = _embeddings.Forward(pixels, prompt); // [B, C, height, width] -> [B, N, E]
        hiddenStates?.Add(x);
        foreach ((int index, VitLayer layer) in _layers.Index())
        {
            Tensor? prefix = VirtualTokens.Prefix(prompt, index);
            x = _checkpointing
                ? ActivationCheckpointing.Apply(given => layer.Forward(given[0]!, given[1]), x, prefix)
                : layer.Forward(x, prefix);
            hiddenStates?.Add(x);
        }

        hiddenStates?.ForEach(state => state.MoveToOuterDisposeScope());
        return _finalNorm.call(x).MoveToOuterDisposeScope();
    }
}

/// <summary>Patches become vectors after a class token; the embedding of its position is added to each.</summary>
internal sealed class VitEmbeddings : NamedModule
{
    private readonly double _dropout;
    private readonly int _channels;
    private readonly int _patchSize;
    private readonly PatchProjection _projection;

    public VitEmbeddings(VitSizes sizes, VitOptions options, BuildContext context) : base(nameof(VitEmbeddings))
    {
        int hidden = sizes.HiddenSize;
        _dropout = options.Dropout;
        _channels = sizes.Channels;
        _patchSize = sizes.PatchSize;
        register_parameter("cls_token", new Parameter(torch.empty([1, 1, hidden], torch.ScalarType.Float32, context.Device)));
        register_parameter(
            "position_embeddings", new Parameter(torch.empty([1, 1 + sizes.Patches, hidden], torch.ScalarType.Float32, context.Device)));
        _projection = new PatchProjection(_channels, hidden, _patchSize, context);
        register_module("patch_embeddings", new NameScope(("projection", _projection)));
        Initialization.Normal(ClassToken, options.InitializerRange);
        Initialization.Normal(Positions, options.InitializerRange);
        Initialization.Normal(_projection.Weight, options.InitializerRange);
    }

    /// <summary>float32 [1, 1, E].</summary>
    public Parameter ClassToken => get_parameter("cls_token")!;

    private Parameter Positions => get_parameter("position_embeddings")!;

    public Tensor Forward(Tensor pixels, Prompt? prompt)
    {
        CheckShape(pixels);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor grid = _projection.call(pixels); // [B, C, height, width] -> [B, E, height / S, width / S]
        Tensor x = grid.flatten(2).transpose(1, 2); // -> [B, G, E]
        x = torch.cat([ClassToken.expand(x.size(0), -1, -1), x], 1); // -> [B, 1 + G, E]
        x = Dropout.Apply(x + PositionEmbeddings.Resize(Positions, grid.size(2), grid.size(3)), _dropout, training);
        if (VirtualTokens.Embedded(prompt) == 0)
            return x.MoveToOuterDisposeScope();

        // Visual prompts are between class token and patches and have no position (Jia et al. 2022, equation 3).
        Tensor patches = VirtualTokens.Embed(prompt!.Embeddings!, x.narrow(1, 1, x.size(1) - 1)); // [B, V + G, E]
        return torch.cat([x.narrow(1, 0, 1), patches], 1).MoveToOuterDisposeScope(); // -> [B, N, E]
    }

    private void CheckShape(Tensor pixels)
    {
        if (pixels.ndim != 4 || pixels.size(1) != _channels || pixels.size(2) % _patchSize != 0 || pixels.size(3) % _patchSize != 0
            || pixels.size(2) * pixels.size(3) == 0)
        {
            throw new ModelException(
                $"'{BatchNames.PixelValues}' has the shape [{string.Join(", ", pixels.shape)}]; this model takes " +
                $"[B, {_channels}, height, width] with height and width multiples of the patch size {_patchSize}.");
        }
    }
}

/// <summary>Each patch through the same linear map, which reference implementations store as a convolution.</summary>
internal sealed class PatchProjection : NamedModule<Tensor, Tensor>
{
    private readonly long[] _stride;
    private readonly Autocast _autocast;

    public PatchProjection(int channels, int hidden, int patchSize, BuildContext context) : base(nameof(PatchProjection))
    {
        _stride = [patchSize, patchSize];
        _autocast = context.Autocast;
        long[] shape = [hidden, channels, patchSize, patchSize];
        register_parameter("weight", new Parameter(torch.empty(shape, torch.ScalarType.Float32, context.Device)));
        register_parameter("bias", new Parameter(torch.zeros([hidden], torch.ScalarType.Float32, context.Device)));
    }

    /// <summary>float32 [E, C, S, S].</summary>
    public Parameter Weight => get_parameter("weight")!;

    public override Tensor forward(Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor bias = get_parameter("bias")!;
        return F.conv2d(_autocast.Cast(pixels), _autocast.Cast(Weight), _autocast.Cast(bias), _stride).MoveToOuterDisposeScope();
    }
}

/// <summary>One layer: attention and feed-forward network, each after a layer norm and added to the residual stream.</summary>
internal sealed class VitLayer : NamedModule
{
    private readonly double _dropout;
    private readonly LayerNorm _normBefore;
    private readonly SelfAttention _attention;
    private readonly Linear _attentionOutput;
    private readonly LayerNorm _normAfter;
    private readonly Linear _intermediate;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly Linear _output;

    public VitLayer(VitSizes sizes, VitOptions options, BuildContext context) : base(nameof(VitLayer))
    {
        int hidden = sizes.HiddenSize;
        int wide = sizes.FeedForwardSize;
        _dropout = options.Dropout;
        _attention = new SelfAttention(hidden, sizes.Heads, context, options.QkvBias, options.InitializerRange, options.AttentionDropout);
        _attentionOutput = new Linear(hidden, hidden, context);
        _intermediate = new Linear(hidden, wide, context);
        _activation = Activations.Find(options.Activation, "activation");
        _output = new Linear(wide, hidden, context);
        register_module("layernorm_before", _normBefore = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        register_module("attention", new NameScope(("attention", _attention), ("output", new NameScope(("dense", _attentionOutput)))));
        register_module("layernorm_after", _normAfter = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        register_module("intermediate", new NameScope(("dense", _intermediate)));
        register_module("output", new NameScope(("dense", _output)));
        foreach (Linear map in new[] { _attentionOutput, _intermediate, _output })
            Initialization.Normal(map.Weight, options.InitializerRange);
    }

    public Tensor Forward(Tensor x, Tensor? prefix)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor attended = _attentionOutput.call(_attention.Forward(_normBefore.call(x), attentionBias: null, prefix));
        x = x + Dropout.Apply(attended, _dropout, training);
        Tensor wide = _activation(_intermediate.call(_normAfter.call(x))); // [B, N, E] -> [B, N, F]
        return (x + Dropout.Apply(_output.call(wide), _dropout, training)).MoveToOuterDisposeScope(); // [B, N, F] -> [B, N, E]
    }
}
