using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>Dropout (Srivastava et al. 2014) as a function, because it has no state.</summary>
public static class Dropout
{
    // torch draws masks on one thread, which takes a noticeable part of a step for hidden states and attention weights of this
    // size. Smaller masks are drawn by torch.
    private const long MinElements = 1 << 18;

    /// <summary>
    /// Sets each element to 0 with probability p and divides the others by 1 − p. For large tensors on a CPU, p is rounded to a
    /// multiple of 1/65536, and the divisor uses the rounded p.
    /// </summary>
    /// <param name="input">Any floating-point tensor. Not disposed.</param>
    /// <param name="p">Probability, in [0, 1).</param>
    /// <param name="training">If false, nothing is dropped.</param>
    /// <returns>The same object when nothing is dropped, otherwise a tensor in the current dispose scope.</returns>
    public static Tensor Apply(Tensor input, double p, bool training)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (p <= 0 || !training)
            return input;
        if (input.device_type != DeviceType.CPU || input.numel() is < MinElements or > DropoutMask.MaxElements)
            return F.dropout(input, p, training: true);
        int dropped = Math.Min((int)Math.Round(p * DropoutMask.Steps), DropoutMask.Steps - 1);
        if (dropped == 0)
            return input;
        using DisposeScope scope = torch.NewDisposeScope();
        // The key comes from torch's generator, so the run's seed determines the mask.
        ulong key = (ulong)torch.randint(long.MaxValue, [1], torch.ScalarType.Int64).item<long>();
        float kept = DropoutMask.Steps / (float)(DropoutMask.Steps - dropped);
        Tensor mask = DropoutMask.Create(input.shape, dropped, kept, key);
        return (input * mask.to(input.dtype)).MoveToOuterDisposeScope();
    }
}
