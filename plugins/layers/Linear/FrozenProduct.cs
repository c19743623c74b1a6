namespace Tenon.Layers;

/// <summary>
/// The product with a frozen weight in a packed format, as one autograd function. The weight is dequantized for the product, and
/// again for the gradient of the input, so that it is kept only in its format in between. The weight gets no gradient.
/// </summary>
internal sealed class FrozenProduct : torch.autograd.SingleTensorFunction<FrozenProduct>
{
    private const string Weight = "weight";

    /// <inheritdoc/>
    public override string Name => nameof(FrozenProduct);

    /// <summary>Computes x·Wᵀ + b in the input's type.</summary>
    /// <param name="input">[..., in]. Not disposed.</param>
    /// <param name="weight">W, [out, in]. Kept until the backward pass; not disposed.</param>
    /// <param name="bias">[out] in the input's type, or null. Not disposed.</param>
    /// <returns>[..., out] in the current dispose scope, with a graph if the input has one.</returns>
    public static Tensor Of(Tensor input, PackedWeight weight, Tensor? bias) => torch.is_grad_enabled() && input.requires_grad
        ? apply(weight, input, bias!)
        : Compute(input, weight, bias);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Weight, vars[0]);
        return Compute((Tensor)vars[1], (PackedWeight)vars[0], vars[2] as Tensor);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = ((PackedWeight)ctx.get_data(Weight)).Dequantize(grad_output.dtype);
        Tensor rows = grad_output.reshape(-1, weight.size(0)).mm(weight); // [n, out] x [out, in]
        Tensor gradient = rows.reshape([.. grad_output.shape[..^1], weight.size(1)]);
        List<Tensor> returned = ReturnedGradients.Of(null, gradient, null);
        grad_output.Dispose();
        return returned;
    }

    private static Tensor Compute(Tensor input, PackedWeight weight, Tensor? bias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return F.linear(input, weight.Dequantize(input.dtype), bias).MoveToOuterDisposeScope();
    }
}
