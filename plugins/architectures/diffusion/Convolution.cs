namespace Tenon.Diffusion;

/// <summary>
/// A 2-D convolution. Operands are cast to the model's <see cref="Autocast"/> type, and the result has that type, as with
/// <see cref="Linear"/>. State names: <c>weight</c>, <c>bias</c>.
/// </summary>
internal sealed class Convolution : torch.nn.Module<Tensor, Tensor>
{
    private readonly Autocast _autocast;
    private readonly long[] _strides;
    private readonly long[] _padding;

    public Convolution(int inChannels, int outChannels, int kernel, BuildContext context, int stride = 1, int padding = 0)
        : base(nameof(Convolution))
    {
        _autocast = context.Autocast;
        _strides = [stride, stride];
        _padding = [padding, padding];
        long fanIn = (long)inChannels * kernel * kernel;
        register_parameter("weight", FanIn.Uniform([outChannels, inChannels, kernel, kernel], fanIn, context.Device));
        register_parameter("bias", FanIn.Uniform([outChannels], fanIn, context.Device));
    }

    // [B, C, H, W] -> [B, C', H', W']
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = _autocast.Cast(get_parameter("weight")!);
        Tensor bias = _autocast.Cast(get_parameter("bias")!);
        return F.conv2d(_autocast.Cast(input), weight, bias, _strides, _padding).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Torch's default initialization of linear and convolutional layers, as in the reference: weight and bias are uniform in
/// ±1/√(fan-in) (He et al. 2015 with a = √5).
/// </summary>
internal static class FanIn
{
    public static Parameter Uniform(long[] shape, long fanIn, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        return (Parameter)new Parameter(Draw(shape, fanIn, device)).MoveToOuterDisposeScope();
    }

    public static Linear Linear(int inFeatures, int outFeatures, BuildContext context)
    {
        Linear linear = new(inFeatures, outFeatures, context);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        foreach (Parameter parameter in new[] { linear.Weight, linear.Bias! })
            parameter.copy_(Draw(parameter.shape, inFeatures, context.Device)).DetachFromDisposeScope();
        return linear;
    }

    private static Tensor Draw(long[] shape, long fanIn, torch.Device device)
    {
        double bound = 1 / Math.Sqrt(fanIn);
        return torch.rand(shape, torch.ScalarType.Float32, device) * (2 * bound) - bound;
    }
}
