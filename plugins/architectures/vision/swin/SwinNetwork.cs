using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Swin;

/// <summary>The patch embeddings and the stages. B: batch, N: positions, C: hidden size of a stage, E: that of the last stage.</summary>
internal sealed class SwinEncoder : NamedModule
{
    private readonly SwinEmbeddings _embeddings;
    private readonly SwinStage[] _stages;
    private readonly LayerNorm _finalNorm;

    /// <summary>Replaces the windows of the shifted layers, to measure what the shift contributes (Liu et al. 2021, table 4).</summary>
    public Func<Windows, Windows> Shifted { get; set; } = windows => windows;

    public SwinEncoder(SwinSizes sizes, SwinOptions options, BuildContext context) : base(nameof(SwinEncoder))
    {
        register_module("embeddings", _embeddings = new SwinEmbeddings(sizes, options, context));
        _stages = new SwinStage[sizes.Stages.Count];
        int before = 0;
        foreach ((int stage, TransformerShape shape) in sizes.Stages.Index())
        {
            _stages[stage] = new SwinStage(shape, before, sizes, isLast: stage == _stages.Length - 1, options, context);
            before += shape.Layers;
        }

        register_module("encoder", new NameScope(("layers", torch.nn.ModuleList(_stages))));
        register_module("layernorm", _finalNorm = new LayerNorm(sizes.HiddenSize, options.LayerNormEpsilon, context));
    }

    /// <summary>The hidden states after the last layer norm.</summary>
    /// <param name="pixels">float32 [B, C, height, width].</param>
    /// <param name="hiddenStates">Receives the embeddings and the output of each stage; or null.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    public Tensor Forward(Tensor pixels, List<Tensor>? hiddenStates)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor x, int height, int width) = _embeddings.Forward(pixels);
        hiddenStates?.Add(x);
        foreach (SwinStage stage in _stages)
        {
            (x, height, width) = stage.Forward(x, height, width, Shifted);
            hiddenStates?.Add(x);
        }

        hiddenStates?.ForEach(state => state.MoveToOuterDisposeScope());
        return _finalNorm.call(x).MoveToOuterDisposeScope();
    }
}

/// <summary>Maps patches to normalized vectors.</summary>
internal sealed class SwinEmbeddings : NamedModule
{
    private readonly int _channels;
    private readonly int _patchSize;
    private readonly double _dropout;
    private readonly Convolution _projection;
    private readonly LayerNorm _norm;

    public SwinEmbeddings(SwinSizes sizes, SwinOptions options, BuildContext context) : base(nameof(SwinEmbeddings))
    {
        int hidden = sizes.Stages[0].HiddenSize;
        (_channels, _patchSize, _dropout) = (sizes.Channels, sizes.PatchSize, options.Dropout);
        _projection = new Convolution(_channels, hidden, _patchSize, context, _patchSize);
        register_module("patch_embeddings", new NameScope(("projection", _projection)));
        register_module("norm", _norm = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        Initialization.Normal(_projection.Weight, options.InitializerRange);
    }

    /// <returns>float32 [B, H·W, C] in the current dispose scope, with H and W.</returns>
    public (Tensor Patches, int Height, int Width) Forward(Tensor pixels)
    {
        if (pixels.ndim != 4 || pixels.size(1) != _channels || pixels.size(2) * pixels.size(3) == 0)
        {
            throw new ModelException(
                $"'{BatchNames.PixelValues}' has the shape [{string.Join(", ", pixels.shape)}]; this model takes [B, {_channels}, " +
                "height, width].");
        }

        using DisposeScope scope = torch.NewDisposeScope();
        (long right, long below) = (Missing(pixels.size(3)), Missing(pixels.size(2)));
        Tensor grid = _projection.call(right + below == 0 ? pixels : F.pad(pixels, [0, right, 0, below])); // [B, C, H, W]
        Tensor x = _norm.call(grid.flatten(2).transpose(1, 2)); // -> [B, H·W, C]
        return (Dropout.Apply(x, _dropout, training).MoveToOuterDisposeScope(), (int)grid.size(2), (int)grid.size(3));

        long Missing(long size) => (_patchSize - size % _patchSize) % _patchSize;
    }
}

/// <summary>
/// The layers of one resolution, every second of which shifts its windows, followed by patch merging in all stages except the
/// last.
/// </summary>
internal sealed class SwinStage : NamedModule
{
    private readonly bool _checkpointing;
    private readonly int _window;
    private readonly (WindowAttention Attention, VisionLayer Layer)[] _layers;
    private readonly PatchMerging? _merging;

    public SwinStage(TransformerShape shape, int layersBefore, SwinSizes sizes, bool isLast, SwinOptions options, BuildContext context)
        : base(nameof(SwinStage))
    {
        (_checkpointing, _window) = (options.ActivationCheckpointing, sizes.WindowSize);
        _layers = new (WindowAttention, VisionLayer)[shape.Layers];
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            var layerOptions = new VisionLayerOptions
            {
                Activation = options.Activation,
                Dropout = options.Dropout,
                StochasticDepth = StochasticDepth.Rate(options.DropPathRate, layersBefore + layer, sizes.Layers),
                LayerNormEpsilon = options.LayerNormEpsilon,
                InitializerRange = options.InitializerRange,
            };
            var attention = new WindowAttention(shape, _window, options, context);
            _layers[layer] = (attention, new VisionLayer(("self", attention), shape, layerOptions, context));
        }

        register_module("blocks", torch.nn.ModuleList([.. _layers.Select(layer => layer.Layer)]));
        if (!isLast)
            register_module("downsample", _merging = new PatchMerging(shape.HiddenSize, options, context));
    }

    /// <returns>float32 [B, H'·W', C'] in the current dispose scope, with H' and W'.</returns>
    public (Tensor Patches, int Height, int Width) Forward(Tensor x, int height, int width, Func<Windows, Windows> change)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Windows straight = Windows.Of(height, width, _window, shifted: false);
        Windows shifted = change(Windows.Of(height, width, _window, shifted: true));
        Tensor? mask = _layers.Length > 1 ? shifted.Mask(x.device) : null; // once for all shifted layers
        foreach ((int index, (WindowAttention attention, VisionLayer layer)) in _layers.Index())
        {
            bool shifts = index % 2 == 1;
            Windows windows = shifts ? shifted : straight;
            Tensor output = _checkpointing
                ? ActivationCheckpointing.Apply(given => Layer(attention, layer, windows, given[0]!, given[1]), x, shifts ? mask : null)
                : Layer(attention, layer, windows, x, shifts ? mask : null);
            x = HiddenState.Next(x, output, keepsStates: index == 0); // its input is the caller's
        }

        if (_merging is null)
            return (x.MoveToOuterDisposeScope(), height, width);
        return (_merging.Forward(x, height, width).MoveToOuterDisposeScope(), (height + 1) / 2, (width + 1) / 2);
    }

    private static Tensor Layer(WindowAttention attention, VisionLayer layer, Windows windows, Tensor x, Tensor? mask) =>
        layer.Forward(x, normed => windows.Join(attention.Forward(windows.Cut(normed), windows.Side, mask)));
}

/// <summary>Merges four neighboring patches into one with twice the channels (Liu et al. 2021, section 3.1).</summary>
internal sealed class PatchMerging : NamedModule
{
    private readonly LayerNorm _norm;
    private readonly Linear _reduction;

    public PatchMerging(int hidden, SwinOptions options, BuildContext context) : base(nameof(PatchMerging))
    {
        register_module("norm", _norm = new LayerNorm(4 * hidden, options.LayerNormEpsilon, context));
        register_module("reduction", _reduction = new Linear(4 * hidden, 2 * hidden, context, bias: false));
        Initialization.Normal(_reduction.Weight, options.InitializerRange);
    }

    /// <summary>[B, H·W, C] -> float32 [B, H/2·W/2, 2C], odd sides padded with zeros.</summary>
    public Tensor Forward(Tensor x, int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor grid = x.reshape(x.size(0), height, width, x.size(2));
        if (height % 2 + width % 2 > 0)
            grid = F.pad(grid, [0, 0, 0, width % 2, 0, height % 2]);
        // [B, H/2, 2, W/2, 2, C] -> [B, H/2, W/2, column, row, C]: the neighbors (0,0), (1,0), (0,1), (1,1)
        Tensor neighbors = grid.reshape(x.size(0), (height + 1) / 2, 2, (width + 1) / 2, 2, x.size(2)).permute(0, 1, 3, 4, 2, 5);
        Tensor together = neighbors.reshape(x.size(0), -1, 4 * x.size(2)); // -> [B, H/2·W/2, 4C]
        return _reduction.call(_norm.call(together)).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
