namespace Tenon.Rlhf;

/// <summary>The share of held-out pairs of which the preferred response has the higher score, recorded as <c>reward/validation_accuracy</c>.</summary>
/// <param name="run">Where it is recorded.</param>
internal sealed class HeldOutAccuracy(IRun run)
{
    private long _right;
    private long _pairs;

    /// <summary>Adds a batch of a validation; what is recorded is the share so far.</summary>
    /// <param name="chosen">Scores of the preferred responses, [B]. Not disposed.</param>
    /// <param name="rejected">Scores of the others, [B]. Not disposed.</param>
    public void Add(Tensor chosen, Tensor rejected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _right += chosen.gt(rejected).sum().item<long>();
        _pairs += chosen.numel();
        run.Record("reward/validation_accuracy", _right / (double)_pairs);
    }

    /// <summary>The next batch belongs to another validation.</summary>
    public void Restart() => (_right, _pairs) = (0, 0);
}
