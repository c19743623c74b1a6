namespace Tenon.Layers;

/// <summary>
/// A convolution over the positions of sequences, without padding. Operands are cast to the model's <see cref="Autocast"/> type and the
/// result has that type, as with <see cref="Linear"/>. State names: <c>weight</c>, <c>bias</c>.
/// </summary>
public sealed class SequenceConvolution : NamedModule<Tensor, Tensor>
{
    private readonly Autocast _autocast;
    private readonly int _dilation;

    /// <summary>
    /// Creates the layer with zero bias and weights from N(0, 2 / n) for a rectifier after it, where n is the number of weights of an
    /// output (He et al. 2015, equation 10).
    /// </summary>
    /// <param name="inChannels">C.</param>
    /// <param name="outChannels">C'.</param>
    /// <param name="width">Positions that an output reads, K.</param>
    /// <param name="context">Device and autocast of the model.</param>
    /// <param name="dilation">Distance between two of these positions, D.</param>
    public SequenceConvolution(int inChannels, int outChannels, int width, BuildContext context, int dilation = 1)
        : base(nameof(SequenceConvolution))
    {
        ArgumentNullException.ThrowIfNull(context);
        (_autocast, _dilation, Span) = (context.Autocast, dilation, (width - 1) * dilation);
        var weight = new Parameter(torch.empty([outChannels, inChannels, width], torch.ScalarType.Float32, context.Device));
        register_parameter("weight", weight);
        register_parameter("bias", new Parameter(torch.zeros([outChannels], torch.ScalarType.Float32, context.Device)));
        Initialization.Normal(weight, Math.Sqrt(2.0 / (inChannels * width)));
    }

    /// <summary>Positions that an output reads before or after the first of them, (K − 1)·D.</summary>
    public int Span { get; }

    /// <summary>float32 [C', C, K].</summary>
    public Parameter Weight => get_parameter("weight")!;

    /// <summary>Applies the kernel.</summary>
    /// <param name="input">[B, C, T]. Not disposed.</param>
    /// <returns>[B, C', T − <see cref="Span"/>] in the autocast's type, in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor x, Tensor weight, Tensor bias) =
            (_autocast.Cast(input), _autocast.Cast(Weight), _autocast.Cast(get_parameter("bias")!));
        // A single output, as in generation, reads K positions, which a product does several times faster than a kernel that slides.
        Tensor output = x.size(2) == Span + 1
            ? F.linear(x.slice(2, 0, x.size(2), _dilation).flatten(1), weight.flatten(1), bias).unsqueeze(2)
            : F.conv1d(x, weight, bias, dilation: _dilation);
        return output.MoveToOuterDisposeScope();
    }
}
