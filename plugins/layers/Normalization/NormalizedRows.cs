using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>Root mean square normalization on the CPU as one autograd function (<see cref="RmsNormKernel"/>).</summary>
internal sealed class NormalizedRows : torch.autograd.SingleTensorFunction<NormalizedRows>
{
    /// <inheritdoc/>
    public override string Name => nameof(NormalizedRows);

    /// <summary>Returns whether the function supports operands.</summary>
    /// <param name="input">[..., E].</param>
    /// <param name="weight">[E].</param>
    /// <param name="type">Type of the result.</param>
    public static bool Supports(Tensor input, Tensor weight, torch.ScalarType type) =>
        type is torch.ScalarType.Float32 or torch.ScalarType.BFloat16 && RmsNormKernel.Supports(input, weight);

    /// <summary>Normalizes rows.</summary>
    /// <param name="input">float32 [..., E]. Not disposed.</param>
    /// <param name="weight">float32 [E]. Not disposed.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="type">Type of the result.</param>
    /// <returns>[..., E] in the current dispose scope, with a graph if an operand has one.</returns>
    public static Tensor Of(Tensor input, Tensor weight, double epsilon, torch.ScalarType type) =>
        torch.is_grad_enabled() && (input.requires_grad || weight.requires_grad)
            ? apply(input, weight, epsilon, type)
            : Compute(input, weight, epsilon, type).Result;

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        (var input, var weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        (Tensor result, Tensor scales) = Compute(input, weight, (double)vars[2], (torch.ScalarType)vars[3]);
        ctx.save_for_backward([input, weight, scales]);
        return result;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor input, Tensor weight, Tensor scales) = (saved[0], saved[1], saved[2]);
        Tensor inputGradient = torch.empty_like(input);
        Tensor? weightGradient = weight.requires_grad ? torch.zeros_like(weight) : null;
        RmsNormKernel.Gradients(grad_output.contiguous(), input, weight, scales, inputGradient, weightGradient);
        grad_output.Dispose();
        return ReturnedGradients.Of(inputGradient, weightGradient, null, null);
    }

    private static (Tensor Result, Tensor Scales) Compute(Tensor input, Tensor weight, double epsilon, torch.ScalarType type)
    {
        Tensor result = torch.empty(input.shape, type), scales = torch.empty([input.numel() / input.size(-1)], torch.ScalarType.Float32);
        RmsNormKernel.Apply(input, weight, (float)epsilon, result, scales);
        return (result, scales);
    }
}
