namespace Tenon.Rlhf;

/// <summary>The loss of a reward model.</summary>
internal static class PairwiseLoss
{
    /// <summary>−log σ(r_chosen − r_rejected − margin) plus the centering term, averaged over pairs.</summary>
    /// <param name="chosen">float32 [B].</param>
    /// <param name="rejected">float32 [B].</param>
    /// <param name="margins">float32 [B], or null for 0.</param>
    /// <param name="centering">Weight of the mean of (r_chosen + r_rejected)².</param>
    /// <returns>A scalar in the current dispose scope.</returns>
    public static Tensor Of(Tensor chosen, Tensor rejected, Tensor? margins, double centering)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor difference = chosen - rejected;
        if (margins is not null)
            difference = difference - margins;
        Tensor loss = -torch.nn.functional.logsigmoid(difference).mean();
        if (centering > 0)
            loss = loss + (chosen + rejected).square().mean() * centering;
        return loss.MoveToOuterDisposeScope();
    }
}
