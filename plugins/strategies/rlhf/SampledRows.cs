namespace Tenon.Rlhf;

/// <summary>The rows of a rollout that this process has sampled and evaluated. Owns the rollout until <see cref="Take"/>.</summary>
/// <param name="rollout">The rollout.</param>
/// <param name="now">Its evaluation under the policy that sampled it, in the current dispose scope.</param>
/// <param name="reference">float32 [B, T]: log-probabilities under the reference, or null if they are not needed.</param>
internal sealed class SampledRows(Rollout rollout, PolicyEvaluation now, Tensor? reference) : IDisposable
{
    private bool _isTaken;

    /// <summary>The rollout.</summary>
    public Rollout Rollout => rollout;

    /// <summary>float32 [B, T], 1 where an action was taken.</summary>
    public Tensor Mask => rollout.Mask;

    /// <summary>The rollout's evaluation under the policy that sampled it.</summary>
    public PolicyEvaluation Now => now;

    /// <summary>float32 [B, T]: log-probabilities under the reference, or null if they are not needed.</summary>
    public Tensor? Reference => reference;

    /// <summary>Passes the ownership of the rollout to the caller.</summary>
    public Rollout Take()
    {
        _isTaken = true;
        return rollout;
    }

    /// <summary>Disposes the rollout, if it was not taken.</summary>
    public void Dispose()
    {
        if (!_isTaken)
            rollout.Dispose();
    }
}
