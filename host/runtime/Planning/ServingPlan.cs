namespace Tenon.Host.Planning;

/// <summary>Texts that are generated at the same time, and their speed.</summary>
/// <param name="Users">Texts.</param>
/// <param name="CacheBytes">Keys and values of all texts, on all accelerators.</param>
/// <param name="TokensPerSecond">Tokens of all texts per second.</param>
/// <param name="TokenSeconds">Seconds between two tokens of a text.</param>
public sealed record ServingPoint(int Users, double CacheBytes, double TokensPerSecond, double TokenSeconds);

/// <summary>Generation with a language model on accelerators that share its layers.</summary>
/// <param name="Tensor">Accelerators that share the model.</param>
/// <param name="WeightBytes">Weights, on all of them.</param>
/// <param name="CacheBytesPerToken">Keys and values of a token, on all of them.</param>
/// <param name="ContextTokens">Tokens of each text.</param>
/// <param name="MostUsers">Texts of that length whose caches fit next to the weights.</param>
/// <param name="Points">Speed by number of texts, up to the most that fit.</param>
public sealed record ServingPlan(
    int Tensor, double WeightBytes, double CacheBytesPerToken, double ContextTokens, int MostUsers, IReadOnlyList<ServingPoint> Points);

/// <summary>
/// Plans generation: a token of every text takes as long as reading all weights and caches from memory, or as the products, whichever
/// is longer (Pope et al. 2022, "Efficiently scaling transformer inference", section 2), and two sums over accelerators per layer.
/// </summary>
/// <param name="model">A model with a cache.</param>
/// <param name="cluster">The cluster.</param>
/// <param name="precision">Precision of weights, caches and products.</param>
/// <param name="assumptions">What is assumed beyond the cluster's file.</param>
internal sealed class ServingModel(TrainingModel model, Cluster cluster, string precision, Assumptions assumptions)
{
    private readonly Links _links = new(cluster, assumptions);

    private double NumberBytes => precision is "bf16" or "fp16" ? 2 : sizeof(float);

    /// <summary>Bytes of a token's keys and values in all layers.</summary>
    public double CacheBytesPerToken => NumberBytes * model.Layers * (model.Stack?.CachedNumbers ?? 0);

    /// <summary>Returns the plan for the fewest accelerators that hold the model and one full text; null if a node is too small.</summary>
    public ServingPlan? Plan() => Enumerable.Range(1, cluster.GpusPerNode)
        .Where(tensor => cluster.GpusPerNode % tensor == 0 && model.Stack!.Heads % tensor == 0)
        .Select(Plan).FirstOrDefault(plan => plan.MostUsers > 0);

    /// <summary>Returns the plan for a number of accelerators.</summary>
    /// <param name="tensor">Accelerators that share the model.</param>
    internal ServingPlan Plan(int tensor)
    {
        double weights = NumberBytes * model.Parameters;
        double perText = CacheBytesPerToken * model.UnitsPerExample;
        double free = tensor * cluster.MemoryBytes * assumptions.UsableMemory - weights;
        int most = (int)Math.Clamp(Math.Floor(free / perText), 0, int.MaxValue);
        IEnumerable<int> users = Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(count => count < most);
        return new ServingPlan(tensor, weights, CacheBytesPerToken, model.UnitsPerExample, most,
            most == 0 ? [] : [.. users.Append(most).Select(count => Point(count, tensor, weights, perText))]);
    }

    private ServingPoint Point(int users, int tensor, double weights, double perText)
    {
        double cache = users * perText;
        double read = (weights + cache) / tensor / (cluster.MemoryBandwidth * assumptions.MemoryShare);
        double rate = cluster.Peaks[precision] * (assumptions.Efficiency ?? cluster.MatmulShare);
        double products = users * model.ForwardFlop / tensor / rate;
        double sums = 2 * model.Layers * _links.AllReduce(NumberBytes * users * model.Stack!.HiddenSize, tensor, stride: 1);
        double launches = model.Layers * assumptions.LayerOperations * assumptions.LaunchTime;
        double seconds = Math.Max(Math.Max(read, products), launches) + sums;
        return new ServingPoint(users, cache, users / seconds, seconds);
    }
}
