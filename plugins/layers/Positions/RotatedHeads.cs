using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>The rotation of attention heads on the CPU as one autograd function (<see cref="RotaryKernel"/>).</summary>
internal sealed class RotatedHeads : torch.autograd.SingleTensorFunction<RotatedHeads>
{
    /// <inheritdoc/>
    public override string Name => nameof(RotatedHeads);

    /// <summary>Rotates queries or keys.</summary>
    /// <param name="heads">[B, H, N, D], which <see cref="RotaryKernel"/> supports. Not disposed.</param>
    /// <param name="rotations">From <see cref="RotaryPositions.At"/>. Not disposed.</param>
    /// <returns>[B, H, N, D], contiguous, in the current dispose scope, with a graph if the heads have one.</returns>
    public static Tensor Of(Tensor heads, Tensor rotations) =>
        torch.is_grad_enabled() && heads.requires_grad ? apply(heads, rotations) : Forward(heads, rotations);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        (var heads, var rotations) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([rotations]);
        return Forward(heads, rotations);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        // As [B, N, H, D], which is the gradient of a linear map's output without a copy.
        (Tensor from, bool headsFirst) = Contiguous(grad_output);
        long[] shape = [grad_output.size(0), grad_output.size(2), grad_output.size(1), grad_output.size(3)];
        Tensor result = torch.empty(shape, grad_output.dtype);
        RotaryKernel.Apply(from, headsFirst, ctx.get_saved_variables()[0], back: true, result, resultHeadsFirst: false);
        List<Tensor> returned = ReturnedGradients.Of(result.transpose(1, 2), null);
        grad_output.Dispose();
        return returned;
    }

    private static Tensor Forward(Tensor heads, Tensor rotations)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor from, bool headsFirst) = Contiguous(heads);
        Tensor result = torch.empty(heads.shape, heads.dtype);
        RotaryKernel.Apply(from, headsFirst, rotations, back: false, result, resultHeadsFirst: true);
        return result.MoveToOuterDisposeScope();
    }

    // The heads of MultiHead.Split lie in memory as [B, N, H, D].
    private static (Tensor Heads, bool HeadsFirst) Contiguous(Tensor heads)
    {
        Tensor positionsFirst = heads.transpose(1, 2);
        return positionsFirst.is_contiguous() ? (positionsFirst, false) : (heads.contiguous(), true);
    }
}
