using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>Dropout (Srivastava et al. 2014) as a function, because it has no state.</summary>
public static class Dropout
{
    /// <summary>
    /// Sets each element to 0 with probability p and divides the others by 1 − p. On a CPU, and if several processes divide a batch,
    /// p is rounded to a multiple of 1/65536, the divisor uses the rounded p, and what is dropped depends on the element's place in
    /// the whole batch, not on the processes (<see cref="BatchPart"/>).
    /// </summary>
    /// <param name="input">Any floating-point tensor, whose first dimension counts rows or parts of them. Not disposed.</param>
    /// <param name="p">Probability, in [0, 1).</param>
    /// <param name="training">If false, nothing is dropped.</param>
    /// <param name="part">The part of the second dimension that this process has, if several divide it; otherwise null.</param>
    /// <returns>The same object when nothing is dropped, otherwise a tensor in the current dispose scope.</returns>
    public static Tensor Apply(Tensor input, double p, bool training, DimensionPart? part = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (p <= 0 || !training)
            return input;
        // torch draws masks on one thread, which takes a noticeable part of a step, and not by the rows of a batch.
        bool dependsOnPlace = BatchPart.Current is not null || part is not null;
        if ((input.device_type != DeviceType.CPU && !dependsOnPlace) || input.numel() > DropoutMask.MaxElements)
            return F.dropout(input, p, training: true);
        int dropped = Math.Min((int)Math.Round(p * DropoutMask.Steps), DropoutMask.Steps - 1);
        if (dropped == 0)
            return input;
        using DisposeScope scope = torch.NewDisposeScope();
        // The key comes from torch's generator, so the run's seed determines the mask.
        ulong key = (ulong)torch.randint(long.MaxValue, [1], torch.ScalarType.Int64).item<long>();
        float kept = DropoutMask.Steps / (float)(DropoutMask.Steps - dropped);
        Tensor mask = DropoutMask.Create(input.shape, dropped, kept, key, part is null ? null : (part.First, part.Total));
        return (input * mask.to(input.dtype).to(input.device)).MoveToOuterDisposeScope();
    }
}
