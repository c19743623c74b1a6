using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary><see cref="PixelNorm"/> as one function for torch's autograd.</summary>
internal sealed class PixelNormFunction : torch.autograd.SingleTensorFunction<PixelNormFunction>
{
    private const string Norm = "norm";

    /// <inheritdoc/>
    public override string Name => nameof(PixelNormFunction);

    /// <summary>Whether images of so many channels can be taken, with this activation.</summary>
    /// <param name="channels">C.</param>
    /// <param name="activation">Or null.</param>
    public static bool Takes(long channels, Func<Tensor, Tensor>? activation) =>
        channels % PixelNorm.Width == 0 && (activation is null || Activations.IsSilu(activation));

    /// <summary>Whether an input can be taken, for a result of a type. Where sizes do not fit, torch says so.</summary>
    /// <param name="input">The input.</param>
    /// <param name="weight">[C].</param>
    /// <param name="added">What is added to the input; or null.</param>
    /// <param name="activation">Or null.</param>
    /// <param name="type">Of the result.</param>
    public static bool Takes(Tensor input, Tensor weight, Tensor? added, Func<Tensor, Tensor>? activation, torch.ScalarType type) =>
        input.device_type == DeviceType.CPU && IsKnown(input.dtype) && IsKnown(type) && ChannelsLast.Is(input)
        && Takes(weight.size(0), activation) && input.size(1) == weight.size(0) && (added is null || added.shape.AsSpan().SequenceEqual(input.shape.AsSpan(0, 2)))
        && input.numel() is > 0 and <= int.MaxValue / sizeof(float);

    /// <summary>The norm of images, and their activation.</summary>
    /// <param name="input">[B, C, H, W] that <see cref="Takes(Tensor, Tensor, Tensor?, Func{Tensor, Tensor}?, torch.ScalarType)"/>. Not disposed.</param>
    /// <param name="weight">float32 [C]. Not disposed.</param>
    /// <param name="bias">float32 [C]. Not disposed.</param>
    /// <param name="added">[B, C], added to the input first; or null. Not disposed.</param>
    /// <param name="groups">Of channels; their number divides C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="silu">Whether x·σ(x) is taken of it.</param>
    /// <param name="type">Of the result.</param>
    /// <returns>[B, C, H, W] in the current dispose scope.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor bias, Tensor? added, int groups, float epsilon, bool silu, torch.ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var norm = new PixelNorm((int)input.size(0), (int)(input.size(2) * input.size(3)), (int)input.size(1), groups, epsilon, silu);
        Tensor? wide = added?.to(torch.ScalarType.Float32).contiguous();
        bool hasGraph = torch.is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias.requires_grad || wide is { requires_grad: true });
        return (hasGraph ? apply(norm, type, input, weight, bias, wide!) : Forward(norm, type, input, weight, bias, wide).Result).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        var norm = (PixelNorm)vars[0];
        Tensor input = (Tensor)vars[2], weight = (Tensor)vars[3], bias = (Tensor)vars[4];
        var added = vars[5] as Tensor;
        (Tensor result, Tensor centres, Tensor inverses) = Forward(norm, (torch.ScalarType)vars[1], input, weight, bias, added);
        ctx.save_data(Norm, norm);
        ctx.save_for_backward([input, weight, bias, centres, inverses, added!]);
        return result;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var norm = (PixelNorm)ctx.get_data(Norm);
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor input = saved[0], weight = saved[1], bias = saved[2], centres = saved[3], inverses = saved[4];
        Tensor gradient = ChannelsLast.Of(grad_output);
        Tensor inputGradient = Like(input, input.dtype), weightGradients = torch.empty_like(centres), biasGradients = torch.empty_like(centres);
        Tensor? addedGradient = saved[5] is not null ? torch.empty_like(centres) : null;
        var tensors = new NormTensors
        {
            Input = Address(input),
            Result = Address(gradient),
            Weight = TensorAddress.Of(weight),
            Bias = TensorAddress.Of(bias),
            Centres = TensorAddress.Of(centres),
            InverseDeviations = TensorAddress.Of(inverses),
            InputGradient = Address(inputGradient),
            WeightGradients = TensorAddress.Of(weightGradients),
            BiasGradients = TensorAddress.Of(biasGradients),
            AddedGradient = addedGradient is null ? 0 : TensorAddress.Of(addedGradient),
        };
        Run(norm, tensors, input.dtype, gradient.dtype);
        grad_output.Dispose();
        return ReturnedGradients.Of(null, null, inputGradient, weightGradients.sum(0L), biasGradients.sum(0L), addedGradient);
    }

    private static (Tensor Result, Tensor Centres, Tensor InverseDeviations) Forward(
        PixelNorm norm, torch.ScalarType type, Tensor input, Tensor weight, Tensor bias, Tensor? added)
    {
        Tensor result = Like(input, type);
        Tensor centres = torch.empty([norm.Images, norm.Channels], torch.ScalarType.Float32), inverses = torch.empty_like(centres);
        var tensors = new NormTensors
        {
            Input = Address(input),
            Result = Address(result),
            Weight = TensorAddress.Of(weight),
            Bias = TensorAddress.Of(bias),
            Added = added is null ? 0 : TensorAddress.Of(added),
            Centres = TensorAddress.Of(centres),
            InverseDeviations = TensorAddress.Of(inverses),
        };
        Run(norm, tensors, input.dtype, type);
        return (result, centres, inverses);
    }

    // On the way back where there is a gradient of the input to write.
    private static void Run(PixelNorm norm, NormTensors tensors, torch.ScalarType input, torch.ScalarType result)
    {
        switch (input, result)
        {
            case (torch.ScalarType.Float32, torch.ScalarType.Float32):
                Run<Float32Format, Float32Format>();
                break;
            case (torch.ScalarType.Float32, torch.ScalarType.BFloat16):
                Run<Float32Format, BFloat16Format>();
                break;
            case (torch.ScalarType.BFloat16, torch.ScalarType.Float32):
                Run<BFloat16Format, Float32Format>();
                break;
            default:
                Run<BFloat16Format, BFloat16Format>();
                break;
        }

        void Run<TInput, TResult>()
            where TInput : struct, IWritableFormat
            where TResult : struct, IWritableFormat
        {
            if (tensors.InputGradient == 0)
                norm.Forward<TInput, TResult>(tensors, torch.get_num_threads());
            else
                norm.Backward<TInput, TResult>(tensors, torch.get_num_threads());
        }
    }

    private static bool IsKnown(torch.ScalarType type) => type is torch.ScalarType.Float32 or torch.ScalarType.BFloat16;

    private static Tensor Like(Tensor images, torch.ScalarType type)
    {
        using Tensor pixels = torch.empty([images.size(0), images.size(2), images.size(3), images.size(1)], type);
        return ChannelsLast.Images(pixels);
    }

    private static nint Address(Tensor images)
    {
        using Tensor pixels = ChannelsLast.Pixels(images);
        return TensorAddress.Of(pixels);
    }
}
