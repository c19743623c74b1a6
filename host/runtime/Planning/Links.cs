namespace Tenon.Host.Planning;

/// <summary>
/// The time of communication. Neighboring ranks share a node: tensor parallelism is innermost, then data, then pipeline stages, as in
/// Megatron-LM.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="assumptions">Shares of bandwidth, and latencies.</param>
internal sealed class Links(Cluster cluster, Assumptions assumptions)
{
    private readonly double _link = cluster.LinkBandwidth * assumptions.LinkShare;
    private readonly double _network = cluster.NetworkBandwidth * assumptions.LinkShare;

    /// <summary>Returns whether a group of ranks spans several nodes.</summary>
    /// <param name="ranks">Ranks of the group.</param>
    /// <param name="stride">Distance between its ranks.</param>
    public bool Crosses(int ranks, int stride) => ranks > 1 && (long)ranks * stride > cluster.GpusPerNode;

    /// <summary>
    /// Returns the seconds of a ring all-reduce, in which each rank sends 2(n − 1)/n of its bytes. All groups of the job do so at the
    /// same time and share the network of their nodes.
    /// </summary>
    /// <param name="bytes">Bytes on each rank.</param>
    /// <param name="ranks">Ranks of the group, n.</param>
    /// <param name="stride">Distance between its ranks.</param>
    public double AllReduce(double bytes, int ranks, int stride)
    {
        if (ranks == 1)
            return 0;
        bool crosses = Crosses(ranks, stride);
        double latency = crosses ? assumptions.NetworkLatency : assumptions.LinkLatency;
        return 2.0 * (ranks - 1) / ranks * bytes / Bandwidth(ranks, stride) + 2 * (ranks - 1) * latency;
    }

    /// <summary>Returns the seconds until bytes have arrived at the next pipeline stage.</summary>
    /// <param name="bytes">Bytes that each accelerator sends.</param>
    /// <param name="stride">Accelerators of a stage.</param>
    /// <param name="gpus">Accelerators of the job.</param>
    public double Send(double bytes, int stride, int gpus) => Crosses(gpus / stride, stride)
        ? bytes / _network + assumptions.NetworkLatency : bytes / _link + assumptions.LinkLatency;

    // A ring over several nodes uses the network links of all its members of a node.
    private double Bandwidth(int ranks, int stride)
    {
        if (!Crosses(ranks, stride))
            return _link;
        int members = Math.Max(1, cluster.GpusPerNode / stride);
        double network = members * _network;
        return members > 1 ? Math.Min(_link, network) : network;
    }
}
