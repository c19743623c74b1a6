namespace Tenon.Rlhf;

/// <summary>Two samples for each input, and which of them a reward prefers. Owns everything.</summary>
internal sealed class RankedPair : IDisposable
{
    /// <summary>Takes over its parts.</summary>
    /// <param name="first">A sample for each input.</param>
    /// <param name="second">Another one.</param>
    /// <param name="preference">float32 [B]: 1 where the first is better, −1 where the second is, 0 where they are alike.</param>
    /// <param name="reference">log π_ref of the first and the second samples, float32 [B] each.</param>
    public RankedPair(Rollout first, Rollout second, Tensor preference, (Tensor First, Tensor Second) reference)
    {
        (First, Second, Preference) = (first, second, preference.DetachFromDisposeScope());
        Reference = (reference.First.DetachFromDisposeScope(), reference.Second.DetachFromDisposeScope());
        using Tensor told = preference.abs().sum();
        Weight = new Batch([], preference.size(0), (long)told.item<float>());
    }

    /// <summary>The first samples.</summary>
    public Rollout First { get; }

    /// <summary>The second samples.</summary>
    public Rollout Second { get; }

    /// <summary>float32 [B]: 1 where the first is better, −1 where the second is, 0 where they are alike.</summary>
    public Tensor Preference { get; }

    /// <summary>log π_ref of the first and the second samples, float32 [B] each.</summary>
    public (Tensor First, Tensor Second) Reference { get; }

    /// <summary>No tensors; its targets are the pairs that the reward tells apart.</summary>
    public Batch Weight { get; }

    /// <summary>Puts the better ones first.</summary>
    /// <param name="samples">Something of the first and the second samples, [B] each.</param>
    /// <returns>That of the better and the worse ones, in the current dispose scope; alike ones in any order.</returns>
    public (Tensor Chosen, Tensor Rejected) Ordered((Tensor First, Tensor Second) samples)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor swapped = Preference.lt(0);
        return (
            torch.where(swapped, samples.Second, samples.First).MoveToOuterDisposeScope(),
            torch.where(swapped, samples.First, samples.Second).MoveToOuterDisposeScope());
    }

    /// <summary>The mean over the pairs that the reward tells apart.</summary>
    /// <param name="values">[B].</param>
    /// <returns>A scalar in the current dispose scope.</returns>
    public Tensor Mean(Tensor values)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return ((values * Preference.abs()).sum() / Weight.Targets).MoveToOuterDisposeScope();
    }

    /// <summary>Disposes samples and tensors.</summary>
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
