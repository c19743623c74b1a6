namespace Tenon.Rlhf;

/// <summary>The fraction of pairs in a pass whose chosen response has the higher score.</summary>
/// <param name="name">The name of the metric.</param>
/// <param name="record">Receives the name and the value.</param>
internal sealed class PairAccuracy(string name, Action<string, double> record)
{
    private long _right;
    private long _pairs;

    /// <summary>Adds a batch and records the fraction so far.</summary>
    /// <param name="chosen">Scores of the chosen responses, [B]. Not disposed.</param>
    /// <param name="rejected">Scores of the rejected responses, [B]. Not disposed.</param>
    public void Add(Tensor chosen, Tensor rejected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _right += chosen.gt(rejected).sum().item<long>();
        _pairs += chosen.numel();
        record(name, _right / (double)_pairs);
    }

    /// <summary>Starts a new pass.</summary>
    public void Restart() => (_right, _pairs) = (0, 0);
}
