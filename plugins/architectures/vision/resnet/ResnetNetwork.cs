using Tenon.Layers;

namespace Tenon.Resnet;

/// <summary>The stem and the stages. B: batch, C: channels, H, W: height and width, which each halving step rounds up.</summary>
internal sealed class ResnetEncoder : NamedModule
{
    private static readonly long[] _poolKernel = [3, 3];
    private static readonly long[] _poolStride = [2, 2];
    private static readonly long[] _poolPadding = [1, 1];
    private readonly int _channels;
    private readonly NormalizedConvolution _stem;
    private readonly ResidualBlock[][] _stages;

    public ResnetEncoder(ResnetSizes sizes, ResnetOptions options, int channels, BuildContext context) : base(nameof(ResnetEncoder))
    {
        _channels = channels;
        _stem = new NormalizedConvolution(
            channels, sizes.EmbeddingSize, 7, context, 2, Activations.Find(options.Activation, "activation"), options.FrozenNorms);
        register_module("embedder", new NameScope(("embedder", _stem)));
        _stages = new ResidualBlock[sizes.HiddenSizes.Count][];
        (int before, int layersBefore, int layers) = (sizes.EmbeddingSize, 0, sizes.Depths.Sum());
        foreach ((int stage, int hidden) in sizes.HiddenSizes.Index())
        {
            int stride = stage == 0 && !options.DownsampleInFirstStage ? 1 : 2;
            _stages[stage] = [.. Enumerable.Range(0, sizes.Depths[stage]).Select(layer =>
            {
                double dropPath = StochasticDepth.Rate(options.DropPathRate, layersBefore + layer, layers);
                return layer == 0
                    ? new ResidualBlock(before, hidden, stride, dropPath, sizes.LayerType, options, context)
                    : new ResidualBlock(hidden, hidden, 1, dropPath, sizes.LayerType, options, context);
            })];
            (before, layersBefore) = (hidden, layersBefore + sizes.Depths[stage]);
        }

        NameScope[] stages = [.. _stages.Select(stage => new NameScope(("layers", torch.nn.ModuleList(stage))))];
        register_module("encoder", new NameScope(("stages", torch.nn.ModuleList(stages))));
    }

    /// <summary>The feature map of the last stage.</summary>
    /// <param name="pixels">float32 [B, C, height, width].</param>
    /// <param name="hiddenStates">Receives the output of the stem and of each stage; or null.</param>
    /// <returns>float32 [B, C', H, W] in the current dispose scope.</returns>
    public Tensor Forward(Tensor pixels, List<Tensor>? hiddenStates)
    {
        if (pixels.ndim != 4 || pixels.size(1) != _channels)
        {
            throw new ModelException(
                $"'{BatchNames.PixelValues}' has the shape [{string.Join(", ", pixels.shape)}]; this model takes [B, {_channels}, " +
                "height, width].");
        }

        using DisposeScope scope = torch.NewDisposeScope();
        // [B, C, height, width] -> [B, E, height / 4, width / 4]
        Tensor x = F.max_pool2d(_stem.call(pixels), _poolKernel, _poolStride, _poolPadding);
        hiddenStates?.Add(x);
        foreach (ResidualBlock[] layers in _stages)
        {
            foreach (ResidualBlock layer in layers)
                x = HiddenState.Next(x, layer.call(x), keepsStates: hiddenStates is not null);
            hiddenStates?.Add(x);
        }

        // The last state is the result.
        foreach (Tensor state in hiddenStates?.SkipLast(1) ?? [])
            state.MoveToOuterDisposeScope();
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The cost of one image.</summary>
    /// <param name="imageSize">Height and width of the image.</param>
    public ConvolutionCost Cost(int imageSize)
    {
        var cost = new ConvolutionCost(imageSize);
        cost.Add(_stem.Convolution);
        cost.Pool(roundUp: true);
        foreach (ResidualBlock layer in _stages.SelectMany(layers => layers))
            layer.AddTo(cost);
        return cost;
    }
}

/// <summary>
/// A residual layer (He et al. 2016, figure 5): the output of convolutions is added to the input, which a 1 × 1 convolution
/// converts to the same shape if channels or stride differ.
/// </summary>
internal sealed class ResidualBlock : NamedModule<Tensor, Tensor>
{
    /// <summary>Ratio of a bottleneck's input channels to its inner channels.</summary>
    public const int Reduction = 4;

    private readonly double _dropPath;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly NormalizedConvolution[] _layer;
    private readonly NormalizedConvolution? _shortcut;

    public ResidualBlock(
        int inChannels, int outChannels, int stride, double dropPath, ResidualLayer type, ResnetOptions options, BuildContext context)
        : base(nameof(ResidualBlock))
    {
        _dropPath = dropPath;
        _activation = Activations.Find(options.Activation, "activation");
        if (inChannels != outChannels || stride != 1)
            register_module("shortcut", _shortcut = Convolve(inChannels, outChannels, 1, stride, activated: false));
        int inner = outChannels / Reduction;
        (int first, int second) = options.DownsampleInBottleneck ? (stride, 1) : (1, stride);
        _layer = type == ResidualLayer.Basic
            ? [Convolve(inChannels, outChannels, 3, stride), Convolve(outChannels, outChannels, 3, 1, activated: false)]
            : [Convolve(inChannels, inner, 1, first), Convolve(inner, inner, 3, second),
                Convolve(inner, outChannels, 1, 1, activated: false)];
        register_module("layer", torch.nn.ModuleList(_layer));

        NormalizedConvolution Convolve(int from, int to, int kernel, int by, bool activated = true) =>
            new(from, to, kernel, context, by, activated ? _activation : null, options.FrozenNorms);
    }

    // [B, C, H, W] -> [B, C', H', W']
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor residual = _shortcut?.call(input) ?? input;
        Tensor x = input;
        foreach (NormalizedConvolution convolution in _layer)
            x = convolution.call(x);
        return _activation(StochasticDepth.Apply(x, _dropPath, training) + residual).MoveToOuterDisposeScope();
    }

    public void AddTo(ConvolutionCost cost)
    {
        if (_shortcut is { } shortcut)
            cost.AddBeside(shortcut.Convolution);
        foreach (NormalizedConvolution convolution in _layer)
            cost.Add(convolution.Convolution);
    }
}
