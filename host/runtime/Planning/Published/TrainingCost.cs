namespace Tenon.Host.Planning.Published;

/// <summary>What it costs to train a model on a fixed number of tokens per parameter.</summary>
/// <param name="Parameters">Parameters.</param>
/// <param name="GpuHours">Hours of all GPUs, estimated.</param>
public sealed record TrainingCost(double Parameters, double GpuHours)
{
    /// <summary>About the optimum of Hoffmann et al. (2022) for the operations of Chinchilla.</summary>
    public const int TokensPerParameter = 20;

    /// <summary>The models of Narayanan et al. (2021), table 1, with the batch and the GPUs of the table, as far as they fit.</summary>
    /// <param name="cluster">The cluster.</param>
    internal static IReadOnlyList<TrainingCost> Of(Cluster cluster) => [.. Costs(cluster)];

    private static IEnumerable<TrainingCost> Costs(Cluster cluster)
    {
        foreach (ScaledRow row in PublishedModels.Rows)
        {
            TrainingModel model = row.Model;
            var search = new LayoutSearch(model, cluster, cluster.DefaultPrecision, new Assumptions(), new SearchSpace());
            if (search.Best(row.Gpus, row.Batch) is not { } best)
                continue;
            double steps = TokensPerParameter * model.Parameters / (row.Batch * model.UnitsPerExample);
            yield return new TrainingCost(model.Parameters, row.Gpus * steps * best.Time.Total / 3600);
        }
    }
}
