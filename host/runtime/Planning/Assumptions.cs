namespace Tenon.Host.Planning;

/// <summary>
/// What a plan assumes of hardware and libraries beyond a cluster's file. All rows of all tables use the same values; none is fitted
/// to a published training time.
/// </summary>
public sealed record Assumptions
{
    /// <summary>Share of the memory's bandwidth that operations on single numbers reach (norms, residuals, activation functions).</summary>
    public double MemoryShare { get; init; } = 0.8;

    /// <summary>Share of a link's bandwidth that a collective operation reaches.</summary>
    public double LinkShare { get; init; } = 0.8;

    /// <summary>Seconds until a message begins to arrive within a node.</summary>
    public double LinkLatency { get; init; } = 5e-6;

    /// <summary>Seconds until a message begins to arrive at another node.</summary>
    public double NetworkLatency { get; init; } = 10e-6;

    /// <summary>Seconds that each operation of a layer takes at least.</summary>
    public double LaunchTime { get; init; } = 5e-6;

    /// <summary>Operations of a layer in a forward pass: products, norms, activation function, attention and residuals.</summary>
    public int LayerOperations { get; init; } = 15;

    /// <summary>Share of memory that a plan may fill; the rest is for the driver, communication and fragmentation.</summary>
    public double UsableMemory { get; init; } = 0.92;

    /// <summary>
    /// The share of the peak that computation reaches, stated or measured; null to estimate it from the products and the memory.
    /// </summary>
    public double? Efficiency { get; init; }
}
