namespace Tenon.Rlhf;

/// <summary>Two samples per input, and which one the reward prefers. Owns everything.</summary>
internal sealed class RankedPair : IDisposable
{
    /// <summary>Takes ownership of its parts.</summary>
    /// <param name="first">One sample per input.</param>
    /// <param name="second">A second sample per input.</param>
    /// <param name="preference">float32 [B]: 1 if the first is better, −1 if the second is, 0 if they are equal.</param>
    /// <param name="reference">log π_ref of the first and the second samples, float32 [B] each.</param>
    public RankedPair(Rollout first, Rollout second, Tensor preference, (Tensor First, Tensor Second) reference)
    {
        (First, Second, Preference) = (first, second, preference.DetachFromDisposeScope());
        Reference = (reference.First.DetachFromDisposeScope(), reference.Second.DetachFromDisposeScope());
        using Tensor rankedCount = preference.abs().sum();
        Weight = new Batch([], preference.size(0), (long)rankedCount.item<float>());
    }

    /// <summary>The first samples.</summary>
    public Rollout First { get; }

    /// <summary>The second samples.</summary>
    public Rollout Second { get; }

    /// <summary>float32 [B]: 1 if the first is better, −1 if the second is, 0 if they are equal.</summary>
    public Tensor Preference { get; }

    /// <summary>log π_ref of the first and the second samples, float32 [B] each.</summary>
    public (Tensor First, Tensor Second) Reference { get; }

    /// <summary>A batch without tensors, whose targets are the ranked pairs.</summary>
    public Batch Weight { get; }

    /// <summary>Orders values by preference.</summary>
    /// <param name="samples">Values of the first and the second samples, [B] each.</param>
    /// <returns>Values of the better and the worse samples, in the current dispose scope; in any order if they are equal.</returns>
    public (Tensor Chosen, Tensor Rejected) Ordered((Tensor First, Tensor Second) samples)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor swapped = Preference.lt(0);
        return (
            torch.where(swapped, samples.Second, samples.First).MoveToOuterDisposeScope(),
            torch.where(swapped, samples.First, samples.Second).MoveToOuterDisposeScope());
    }

    /// <summary>The mean over the ranked pairs.</summary>
    /// <param name="values">[B].</param>
    /// <returns>A scalar in the current dispose scope.</returns>
    public Tensor Mean(Tensor values)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return ((values * Preference.abs()).sum() / Weight.Targets).MoveToOuterDisposeScope();
    }

    /// <summary>Disposes the samples and the tensors.</summary>
    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
        Preference.Dispose();
        Reference.First.Dispose();
        Reference.Second.Dispose();
        Weight.Dispose();
    }
}
