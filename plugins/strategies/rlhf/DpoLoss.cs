namespace Tenon.Rlhf;

/// <summary>Computes the losses of pairs of whole responses from their log-probabilities.</summary>
internal static class DpoLoss
{
    /// <summary>The loss of each pair.</summary>
    /// <param name="policy">log π(response) of the chosen and the rejected responses, float32 [B] each.</param>
    /// <param name="reference">The same under the reference.</param>
    /// <param name="options">Kind of loss, β, smoothing.</param>
    /// <returns>float32 [B] in the current dispose scope.</returns>
    public static Tensor Of((Tensor Chosen, Tensor Rejected) policy, (Tensor Chosen, Tensor Rejected) reference, DpoOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor difference = policy.Chosen - policy.Rejected - (reference.Chosen - reference.Rejected); // Δ, [B]
        double beta = options.Beta;
        Tensor losses = options.Loss switch
        {
            PreferenceLoss.Sigmoid => -torch.nn.functional.logsigmoid(difference * beta) * (1 - options.LabelSmoothing)
                - torch.nn.functional.logsigmoid(-difference * beta) * options.LabelSmoothing,
            PreferenceLoss.Ipo => (difference - 1 / (2 * beta)).square(),
            PreferenceLoss.Hinge => torch.nn.functional.relu(1 - difference * beta),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Loss, null),
        };
        return losses.MoveToOuterDisposeScope();
    }

    /// <summary>The reward that a policy implies: β·(log π − log π_ref) (Rafailov et al. 2023, equation 5, up to a constant that
    /// depends only on the prompt).</summary>
    /// <param name="policy">[B].</param>
    /// <param name="reference">[B].</param>
    /// <param name="beta">β.</param>
    /// <returns>[B] in the current dispose scope.</returns>
    public static Tensor ImpliedReward(Tensor policy, Tensor reference, double beta)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return ((policy - reference) * beta).detach().MoveToOuterDisposeScope();
    }
}
