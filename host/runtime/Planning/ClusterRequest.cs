namespace Tenon.Host.Planning;

/// <summary>The question that a plan of a cluster answers: given two of accelerators, units, days and money, it finds the rest.</summary>
public sealed record ClusterRequest
{
    /// <summary>Name of a shipped cluster, path of a file, or <c>this</c> for the machine at hand, which is measured.</summary>
    public required string Cluster { get; init; }

    /// <summary>Number of accelerators; null to find it.</summary>
    public int? Gpus { get; init; }

    /// <summary>Units to train on: tokens, or images of image models; null to find it, or on this machine for the recipe's.</summary>
    public double? Units { get; init; }

    /// <summary>Days that training may take; null without a limit.</summary>
    public double? Days { get; init; }

    /// <summary>Dollars that training may cost; null without a limit.</summary>
    public double? Budget { get; init; }

    /// <summary>Price of one accelerator for an hour, in dollars; null for the cluster's.</summary>
    public double? Price { get; init; }

    /// <summary>Precision of the products; null for the cluster's default.</summary>
    public string? Precision { get; init; }

    /// <summary>Share of the peak that computation reaches; null to estimate it.</summary>
    public double? Efficiency { get; init; }

    /// <summary>Whether the first steps of the recipe are run to measure the efficiency, on the machine at hand.</summary>
    public bool Measures { get; init; }

    /// <summary>Whether the cluster is the machine at hand.</summary>
    public bool IsThisMachine => Cluster == MeasuredMachine.Name;

    /// <summary>Whether numbers have the sizes that papers count, instead of the program's.</summary>
    public bool CountsAsPapers { get; init; }

    /// <summary>Bytes per second at which the job writes a checkpoint; null for one gigabyte per second from each node.</summary>
    public double? StorageBandwidth { get; init; }

    /// <summary>Mean hours between failures of one accelerator with its share of the node and the network.</summary>
    public double HoursBetweenFailures { get; init; } = DefaultHoursBetweenFailures;

    /// <summary>
    /// 419 unexpected interruptions of 16,384 accelerators in 54 days (Dubey et al. 2024, "The Llama 3 herd of models", section 3.3.4).
    /// </summary>
    public const double DefaultHoursBetweenFailures = 54.0 * 24 * 16_384 / 419;
}
