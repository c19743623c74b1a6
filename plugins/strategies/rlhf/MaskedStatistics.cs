namespace Tenon.Rlhf;

/// <summary>Statistics over the positions where a mask is 1. Results are in the current dispose scope.</summary>
internal static class MaskedStatistics
{
    /// <summary>The mean.</summary>
    /// <param name="values">Any shape.</param>
    /// <param name="mask">0 or 1 in the same shape, with at least one 1.</param>
    public static Tensor Mean(Tensor values, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return ((values * mask).sum() / mask.sum()).MoveToOuterDisposeScope();
    }

    /// <summary>The unbiased variance; 0 for a single position.</summary>
    /// <param name="values">Any shape.</param>
    /// <param name="mask">0 or 1 in the same shape, with at least one 1.</param>
    public static Tensor Variance(Tensor values, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor variance = Mean((values - Mean(values, mask)).square(), mask);
        Tensor count = mask.sum();
        return (variance * count / (count - 1).clamp(min: 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Values scaled to variance 1, and shifted to mean 0 unless the mean is kept.</summary>
    /// <param name="values">Any shape.</param>
    /// <param name="mask">0 or 1 in the same shape, with at least one 1.</param>
    /// <param name="keepMean">Whether to keep the mean.</param>
    public static Tensor Whiten(Tensor values, Tensor mask, bool keepMean)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mean = Mean(values, mask);
        Tensor whitened = (values - mean) * (Variance(values, mask) + 1e-8).rsqrt();
        return (keepMean ? whitened + mean : whitened).MoveToOuterDisposeScope();
    }
}
