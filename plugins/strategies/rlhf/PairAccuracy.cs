namespace Tenon.Rlhf;

/// <summary>The share of the pairs of a pass of which the preferred response has the higher score.</summary>
/// <param name="name">What it is recorded as.</param>
/// <param name="record">Takes name and share.</param>
internal sealed class PairAccuracy(string name, Action<string, double> record)
{
    private long _right;
    private long _pairs;

    /// <summary>Adds a batch; what is recorded is the share so far.</summary>
    /// <param name="chosen">Scores of the preferred responses, [B]. Not disposed.</param>
    /// <param name="rejected">Scores of the others, [B]. Not disposed.</param>
    public void Add(Tensor chosen, Tensor rejected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _right += chosen.gt(rejected).sum().item<long>();
        _pairs += chosen.numel();
        record(name, _right / (double)_pairs);
    }

    /// <summary>The next batch belongs to another pass.</summary>
    public void Restart() => (_right, _pairs) = (0, 0);
}
