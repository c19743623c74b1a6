namespace Tenon.Rlhf;

/// <summary>Metrics of one step: means over its batches, and over the processes that divide them, recorded after it.</summary>
/// <param name="run">The run that records them.</param>
/// <param name="names">Metrics that a process may have no values of in a step.</param>
internal sealed class Figures(IRun run, params string[] names)
{
    private readonly RolloutRanks _ranks = new(run.Ranks);
    private readonly SortedDictionary<string, (double Sum, double Weight)> _sums =
        new(names.ToDictionary(name => name, _ => (0.0, 0.0)), StringComparer.Ordinal);

    /// <summary>Adds a value.</summary>
    /// <param name="name">Group and name.</param>
    /// <param name="value">A scalar; its graph is not kept.</param>
    /// <param name="weight">The weight of the value in the mean: the number of rows or actions that it is a mean over.</param>
    public void Add(string name, Tensor value, double weight = 1)
    {
        using Tensor detached = value.detach();
        using Tensor number = detached.to(torch.ScalarType.Float64);
        (double sum, double before) = _sums.GetValueOrDefault(name);
        _sums[name] = (sum + weight * number.item<double>(), before + weight);
    }

    /// <summary>The fraction of true elements.</summary>
    /// <param name="truth">bool, any shape. Not disposed.</param>
    /// <returns>A scalar in the current dispose scope.</returns>
    public static Tensor Share(Tensor truth) => truth.to(torch.ScalarType.Float32).mean();

    /// <summary>Records the means and resets. Called by all processes at the same time.</summary>
    public void Record()
    {
        if (_sums.Count == 0)
            return;
        double[] sums = _ranks.Sum([.. _sums.Values.SelectMany(figure => (double[])[figure.Sum, figure.Weight])]);
        foreach ((string name, double[] figure) in _sums.Keys.Zip(sums.Chunk(2)).ToArray())
        {
            if (figure[1] > 0)
                run.Record(name, figure[0] / figure[1]);
            _sums[name] = (0, 0);
        }
    }
}
