using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>Products of many rows in float32 without gradients, computed by <see cref="PanelMatrixProduct"/>.</summary>
internal static class ManyRows
{
    // With fewer rows, packing the weight takes as long as the product itself.
    private const long MinRows = 17;

    /// <summary>Computes x·Wᵀ + b if the kernel is worthwhile.</summary>
    /// <param name="input">float32 [..., in]. Not disposed.</param>
    /// <param name="weight">float32 [out, in], contiguous or the transpose of a contiguous tensor. Not disposed.</param>
    /// <param name="bias">float32 [out], or null for none. Not disposed.</param>
    /// <returns>
    /// float32 [..., out] in the current dispose scope, or null if torch should compute the product: because the thread is not in
    /// <see cref="InferenceMode"/>, gradients are enabled, there are only a few rows, torch's product is just as fast, or the operands
    /// do not meet these requirements.
    /// </returns>
    public static Tensor? Apply(Tensor input, Tensor weight, Tensor? bias)
    {
        if (!InferenceKernels.AreOn || !InferenceKernels.Support(input) || !InferenceKernels.Support(weight)
            || weight.ndim != 2 || input.ndim == 0)
            return null;
        long outputs = weight.size(0), inputs = weight.size(1);
        bool isTransposed = !weight.is_contiguous();
        if (inputs == 0 || input.size(-1) != inputs || input.numel() / inputs is var rows && rows < MinRows
            || rows * outputs > int.MaxValue / sizeof(float)
            || (bias is not null && (!InferenceKernels.Support(bias) || bias.ndim != 1 || bias.size(0) != outputs)))
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor stored = isTransposed ? weight.t() : weight;
        if (!stored.is_contiguous())
            return null;
        Tensor x = input.contiguous(), result = torch.empty([.. input.shape[..^1], outputs], torch.ScalarType.Float32);
        Tensor? offsets = bias?.contiguous();
        new PanelMatrixProduct(
            TensorAddress.Of(x), TensorAddress.Of(stored), 0, offsets is null ? 0 : TensorAddress.Of(offsets), TensorAddress.Of(result),
            (int)rows, (int)inputs, (int)outputs)
        {
            IsTransposed = isTransposed,
        }.Run<Float32Format>(torch.get_num_threads());
        return result.MoveToOuterDisposeScope();
    }
}
