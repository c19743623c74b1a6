namespace Tenon.Layers;

/// <summary>
/// A 2-D convolution with a square kernel. Operands are cast to the model's <see cref="Autocast"/> type and the result has that
/// type, as with <see cref="Linear"/>. State names: <c>weight</c>, <c>bias</c>.
/// </summary>
public sealed class Convolution : NamedModule<Tensor, Tensor>
{
    private readonly Autocast _autocast;
    private readonly bool _hasBias;
    private readonly long[] _stride;
    private readonly long[] _padding;

    /// <summary>Creates the layer with uninitialized weight and zero bias; see <see cref="Initialization"/>.</summary>
    /// <param name="inChannels">C.</param>
    /// <param name="outChannels">C'.</param>
    /// <param name="kernel">Height and width of the kernel, K.</param>
    /// <param name="context">Device and autocast of the model.</param>
    /// <param name="stride">Pixels from one output to the next.</param>
    /// <param name="padding">Zeros on each side.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public Convolution(int inChannels, int outChannels, int kernel, BuildContext context, int stride = 1, int padding = 0, bool bias = true)
        : base(nameof(Convolution))
    {
        ArgumentNullException.ThrowIfNull(context);
        (InChannels, OutChannels, Kernel, Stride, Padding) = (inChannels, outChannels, kernel, stride, padding);
        _autocast = context.Autocast;
        _hasBias = bias;
        _stride = [stride, stride];
        _padding = [padding, padding];
        long[] shape = [outChannels, inChannels, kernel, kernel];
        register_parameter("weight", new Parameter(torch.empty(shape, torch.ScalarType.Float32, context.Device)));
        if (bias)
            register_parameter("bias", new Parameter(torch.zeros([outChannels], torch.ScalarType.Float32, context.Device)));
    }

    /// <summary>Channels of the input, C.</summary>
    public int InChannels { get; }

    /// <summary>Channels of the output, C'.</summary>
    public int OutChannels { get; }

    /// <summary>Height and width of the kernel, K.</summary>
    public int Kernel { get; }

    /// <summary>Pixels from one output to the next.</summary>
    public int Stride { get; }

    /// <summary>Zeros on each side.</summary>
    public int Padding { get; }

    /// <summary>float32 [C', C, K, K].</summary>
    public Parameter Weight => get_parameter("weight")!;

    /// <summary>Height or width of the output.</summary>
    /// <param name="size">Height or width of the input.</param>
    public int OutputSize(int size) => (size + 2 * Padding - Kernel) / Stride + 1;

    /// <summary>Multiply-adds of one image.</summary>
    /// <param name="side">Height and width of the output.</param>
    public double MultiplyAdds(int side) => (double)side * side * OutChannels * InChannels * Kernel * Kernel;

    /// <summary>Applies the kernel.</summary>
    /// <param name="input">[B, C, H, W]. Not disposed.</param>
    /// <returns>[B, C', H', W'] in the autocast's type, in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor? bias = _hasBias ? _autocast.Cast(get_parameter("bias")!) : null;
        return F.conv2d(_autocast.Cast(input), _autocast.Cast(Weight), bias, _stride, _padding).MoveToOuterDisposeScope();
    }
}
