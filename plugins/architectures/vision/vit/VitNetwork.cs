using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Vit;

/// <summary>
/// The encoder. B: batch, C: channels, S: height and width of a patch, G: patches, V: virtual tokens in the input,
/// N = 1 + V + G, P: virtual tokens that are keys and values, E: hidden size, H: heads, D: head size.
/// </summary>
internal sealed class VitEncoder : NamedModule
{
    private readonly bool _checkpointing;
    private readonly VitEmbeddings _embeddings;
    private readonly VisionLayer[] _layers;
    private readonly LayerNorm _finalNorm;

    public VitEncoder(VitSizes sizes, VitOptions options, BuildContext context) : base(nameof(VitEncoder))
    {
        _checkpointing = options.ActivationCheckpointing;
        _layers = [.. Enumerable.Range(0, sizes.Layers)
            .Select(layer => new VisionLayer(sizes, LayerOptions(options, layer, sizes.Layers), context))];
        register_module("embeddings", _embeddings = new VitEmbeddings(sizes, options, context));
        register_module("encoder", new NameScope(("layer", torch.nn.ModuleList(_layers))));
        register_module("layernorm", _finalNorm = new LayerNorm(sizes.HiddenSize, options.LayerNormEpsilon, context));
    }

    private static VisionLayerOptions LayerOptions(VitOptions options, int layer, int layers) => new()
    {
        Activation = options.Activation,
        Dropout = options.Dropout,
        StochasticDepth = StochasticDepth.Rate(options.DropPathRate, layer, layers),
        AttentionDropout = options.AttentionDropout,
        QkvBias = options.QkvBias,
        LayerNormEpsilon = options.LayerNormEpsilon,
        InitializerRange = options.InitializerRange,
    };

    /// <summary>The device of the parameters.</summary>
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
        foreach ((int index, VisionLayer layer) in _layers.Index())
        {
            Tensor? prefix = VirtualTokens.Prefix(prompt, index);
            Tensor output = _checkpointing
                ? ActivationCheckpointing.Apply(given => layer.Forward(given[0]!, given[1]), x, prefix)
                : layer.Forward(x, prefix);
            x = HiddenState.Next(x, output, keepsStates: hiddenStates is not null);
            hiddenStates?.Add(x);
        }

        hiddenStates?.ForEach(state => state.MoveToOuterDisposeScope());
        return _finalNorm.call(x).MoveToOuterDisposeScope();
    }
}

/// <summary>Maps patches to vectors, prepends a class token, and adds the position embeddings.</summary>
internal sealed class VitEmbeddings : NamedModule
{
    private readonly double _dropout;
    private readonly int _channels;
    private readonly int _patchSize;
    private readonly torch.nn.Module<Tensor, Tensor> _projection;

    public VitEmbeddings(VitSizes sizes, VitOptions options, BuildContext context) : base(nameof(VitEmbeddings))
    {
        int hidden = sizes.HiddenSize;
        _dropout = options.Dropout;
        _channels = sizes.Channels;
        _patchSize = sizes.PatchSize;
        register_parameter("cls_token", new Parameter(torch.empty([1, 1, hidden], torch.ScalarType.Float32, context.Device)));
        register_parameter(
            "position_embeddings", new Parameter(torch.empty([1, 1 + sizes.Patches, hidden], torch.ScalarType.Float32, context.Device)));
        _projection = options.Stem == VitStem.Patches
            ? PatchProjection(_channels, hidden, _patchSize, options, context)
            : new ConvolutionalStem(_channels, hidden, _patchSize, context);
        register_module("patch_embeddings", new NameScope(("projection", _projection)));
        Initialization.Normal(ClassToken, options.InitializerRange);
        Initialization.Normal(Positions, options.InitializerRange);
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

    private static Convolution PatchProjection(int channels, int hidden, int patchSize, VitOptions options, BuildContext context)
    {
        var projection = new Convolution(channels, hidden, patchSize, context, patchSize);
        Initialization.Normal(projection.Weight, options.InitializerRange);
        return projection;
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
