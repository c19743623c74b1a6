namespace Tenon.Layers;

/// <summary>
/// Stochastic depth (Huang et al. 2016): a residual branch is skipped for some examples of a batch, so that a deep network trains as
/// an ensemble of shallower ones.
/// </summary>
public static class StochasticDepth
{
    /// <summary>Sets the branch of each example to 0 with probability p and divides the others by 1 − p.</summary>
    /// <param name="branch">[B, ...] of any floating-point type. Not disposed.</param>
    /// <param name="p">Probability, in [0, 1).</param>
    /// <param name="training">If false, nothing is dropped.</param>
    /// <returns>The same object when nothing is dropped, otherwise a tensor in the current dispose scope.</returns>
    public static Tensor Apply(Tensor branch, double p, bool training)
    {
        ArgumentNullException.ThrowIfNull(branch);
        if (p <= 0 || !training)
            return branch;
        using DisposeScope scope = torch.NewDisposeScope();
        long[] shape = [branch.size(0), .. Enumerable.Repeat(1L, (int)branch.ndim - 1)]; // [B, 1, ...]
        Tensor kept = BatchPart.Draw(shape, all => torch.rand(all, torch.ScalarType.Float32, branch.device)).ge(p).to(branch.dtype);
        return (branch * (kept / (1 - p))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The probability of a layer: it rises linearly from 0 at the first to the rate at the last (Huang et al. 2016,
    /// equation 4).
    /// </summary>
    /// <param name="rate">Probability of the last layer.</param>
    /// <param name="layer">Number of the layer, from 0.</param>
    /// <param name="layers">Number of layers.</param>
    public static double Rate(double rate, int layer, int layers) => layers == 1 ? rate : rate * layer / (layers - 1);
}
