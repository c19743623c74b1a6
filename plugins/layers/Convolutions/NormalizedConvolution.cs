namespace Tenon.Layers;

/// <summary>
/// A convolution without bias that keeps height and width (divided by the stride), batch normalization, and an optional activation. State
/// names: <c>convolution</c>, <c>normalization</c>.
/// </summary>
public sealed class NormalizedConvolution : NamedModule<Tensor, Tensor>
{
    private readonly BatchNorm _norm;
    private readonly Func<Tensor, Tensor>? _activation;

    /// <summary>Creates the layer with He's initial weights.</summary>
    /// <param name="inChannels">C.</param>
    /// <param name="outChannels">C'.</param>
    /// <param name="kernel">Height and width of the kernel, odd.</param>
    /// <param name="context">Device and autocast of the model.</param>
    /// <param name="stride">Pixels from one output to the next.</param>
    /// <param name="activation">From <see cref="Activations.Find"/>, or null for none.</param>
    /// <param name="frozenNorm">Whether training uses the running statistics without updating them.</param>
    public NormalizedConvolution(
        int inChannels, int outChannels, int kernel, BuildContext context, int stride = 1, Func<Tensor, Tensor>? activation = null,
        bool frozenNorm = false)
        : base(nameof(NormalizedConvolution))
    {
        _activation = activation;
        register_module("convolution",
            Convolution = new Convolution(inChannels, outChannels, kernel, context, stride, kernel / 2, bias: false));
        register_module("normalization", _norm = new BatchNorm(outChannels, context, frozenNorm));
        Initialization.KaimingFanOut(Convolution.Weight);
    }

    /// <summary>The convolution.</summary>
    public Convolution Convolution { get; }

    /// <summary>Applies the layer.</summary>
    /// <param name="input">[B, C, H, W]. Not disposed.</param>
    /// <returns>float32 [B, C', H', W'] in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor normed = _norm.call(Convolution.call(input));
        return (_activation?.Invoke(normed) ?? normed).MoveToOuterDisposeScope();
    }
}
