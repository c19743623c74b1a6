using Tenon.Layers;

namespace Tenon.Vit;

/// <summary>
/// A stem of convolutions (Xiao et al. 2021, "Early convolutions help transformers see better"): each halves height and width and
/// doubles the channels, up to the hidden size. Group normalization with one group replaces the paper's batch normalization, so
/// that the examples of a batch do not affect each other. State names: <c>N.convolution</c>,
/// <c>N.normalization</c>, <c>output</c>.
/// </summary>
internal sealed class ConvolutionalStem : NamedModule<Tensor, Tensor>
{
    private const double Epsilon = 1e-6;
    private readonly (Convolution Convolution, GroupNorm Norm)[] _steps;
    private readonly Convolution _output;

    /// <summary>Creates the layers.</summary>
    /// <param name="channels">Channels of the images, C.</param>
    /// <param name="hidden">Size of the hidden state, E.</param>
    /// <param name="patchSize">Pixels per side of a token, a power of 2, at least 2.</param>
    /// <param name="context">Device and autocast of the model.</param>
    public ConvolutionalStem(int channels, int hidden, int patchSize, BuildContext context) : base(nameof(ConvolutionalStem))
    {
        int[] widths = Widths(hidden, patchSize);
        _steps = new (Convolution, GroupNorm)[widths.Length];
        int before = channels;
        foreach ((int step, int width) in widths.Index())
        {
            var convolution = new Convolution(before, width, 3, context, stride: 2, padding: 1, bias: false);
            Initialization.KaimingFanOut(convolution.Weight);
            _steps[step] = (convolution, new GroupNorm(1, width, Epsilon, context));
            register_module($"{step}", new NameScope(("convolution", convolution), ("normalization", _steps[step].Norm)));
            before = width;
        }

        register_module("output", _output = new Convolution(before, hidden, 1, context));
        Initialization.Normal(_output.Weight, Math.Sqrt(1.0 / before));
    }

    /// <summary>Multiply-adds of one image.</summary>
    /// <param name="sizes">Sizes of the model.</param>
    public static double MultiplyAdds(VitSizes sizes)
    {
        (double sum, double side, int before) = (0, sizes.ImageSize, sizes.Channels);
        foreach (int width in Widths(sizes.HiddenSize, sizes.PatchSize))
        {
            side /= 2;
            sum += side * side * 9 * before * width;
            before = width;
        }

        return sum + side * side * before * sizes.HiddenSize;
    }

    // [B, C, H, W] -> [B, E, H / S, W / S]
    public override Tensor forward(Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = pixels;
        foreach ((Convolution convolution, GroupNorm norm) in _steps)
            x = F.relu(norm.call(convolution.call(x)));
        return _output.call(x).MoveToOuterDisposeScope();
    }

    // E / 2^(n-1), ..., E / 2, E for n halvings.
    private static int[] Widths(int hidden, int patchSize)
    {
        int halvings = int.Log2(patchSize);
        return [.. Enumerable.Range(1, halvings).Select(step => Math.Max(1, hidden >> (halvings - step)))];
    }
}
