namespace Tenon.Rlhf;

/// <summary>Metrics of one step, averaged over its batches and recorded after it.</summary>
/// <param name="run">The run that records them.</param>
internal sealed class Figures(IRun run)
{
    private readonly Dictionary<string, (double Sum, int Count)> _sums = new(StringComparer.Ordinal);

    /// <summary>Adds a value.</summary>
    /// <param name="name">Group and name.</param>
    /// <param name="value">A scalar; its graph is not kept.</param>
    public void Add(string name, Tensor value)
    {
        using Tensor detached = value.detach();
        using Tensor number = detached.to(torch.ScalarType.Float64);
        (double sum, int count) = _sums.GetValueOrDefault(name);
        _sums[name] = (sum + number.item<double>(), count + 1);
    }

    /// <summary>The fraction of true elements.</summary>
    /// <param name="truth">bool, any shape. Not disposed.</param>
    /// <returns>A scalar in the current dispose scope.</returns>
    public static Tensor Share(Tensor truth) => truth.to(torch.ScalarType.Float32).mean();

    /// <summary>Records the means and resets.</summary>
    public void Record()
    {
        foreach ((string name, (double sum, int count)) in _sums)
            run.Record(name, sum / count);
        _sums.Clear();
    }
}
