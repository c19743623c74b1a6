using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>SiLU(gate) · up on the CPU as one autograd function (<see cref="SwiGluKernel"/>).</summary>
internal sealed class SwiGlu : torch.autograd.SingleTensorFunction<SwiGlu>
{
    /// <inheritdoc/>
    public override string Name => nameof(SwiGlu);

    /// <summary>Computes the product.</summary>
    /// <param name="gate">Any shape that <see cref="SwiGluKernel"/> supports. Not disposed.</param>
    /// <param name="up">Of the same shape and type. Not disposed.</param>
    /// <returns>Of the same shape and type, in the current dispose scope, with a graph if a factor has one.</returns>
    public static Tensor Of(Tensor gate, Tensor up) =>
        torch.is_grad_enabled() && (gate.requires_grad || up.requires_grad) ? apply(gate, up) : Product(gate, up);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        (var gate, var up) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([gate, up]);
        return Product(gate, up);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor gateGradient = torch.empty_like(saved[0]), upGradient = torch.empty_like(saved[1]);
        SwiGluKernel.Gradients(grad_output.contiguous(), saved[0], saved[1], gateGradient, upGradient);
        grad_output.Dispose();
        return ReturnedGradients.Of(gateGradient, upGradient);
    }

    private static Tensor Product(Tensor gate, Tensor up)
    {
        Tensor result = torch.empty_like(gate);
        SwiGluKernel.Apply(gate, up, result);
        return result;
    }
}
