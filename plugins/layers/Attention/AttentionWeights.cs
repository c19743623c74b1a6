using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>softmax(scores + bias) on the CPU as one autograd function (<see cref="MaskedSoftmaxKernel"/>).</summary>
internal sealed class AttentionWeights : torch.autograd.SingleTensorFunction<AttentionWeights>
{
    /// <inheritdoc/>
    public override string Name => nameof(AttentionWeights);

    /// <summary>Computes the weights of keys.</summary>
    /// <param name="scores">[B, H, Tq, Tk], not needed afterwards. Not disposed.</param>
    /// <param name="bias">Added to the scores (<see cref="AttentionMask"/>), or null. Not disposed.</param>
    /// <returns>[B, H, Tq, Tk] in the current dispose scope, with a graph if the scores have one; may share memory with them.</returns>
    public static Tensor Of(Tensor scores, Tensor? bias)
    {
        if (bias is null || !MaskedSoftmaxKernel.Supports(scores, bias))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return (bias is null ? scores : scores + bias).softmax(-1).MoveToOuterDisposeScope();
        }

        if (torch.is_grad_enabled() && scores.requires_grad)
            return apply(scores, bias);
        MaskedSoftmaxKernel.Apply(scores, bias, result: scores);
        return scores.alias();
    }

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        // The product that made the scores does not need them for its gradient. Saved is another tensor of the same memory, because a
        // saved output would keep itself alive; it belongs to the caller's scope, as the context reads it after this method.
        var weights = (Tensor)vars[0];
        MaskedSoftmaxKernel.Apply(weights, (Tensor)vars[1], result: weights);
        ctx.save_for_backward([weights.alias()]);
        return weights.alias();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weights = ctx.get_saved_variables()[0], result = torch.empty_like(weights);
        MaskedSoftmaxKernel.Gradient(grad_output.contiguous(), weights, result);
        grad_output.Dispose();
        return ReturnedGradients.Of(result, null);
    }
}
