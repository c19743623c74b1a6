namespace Tenon.Host.Planning;

/// <summary>Checkpoints and failures of a job.</summary>
/// <param name="CheckpointBytes">Size of a checkpoint from which training resumes.</param>
/// <param name="CheckpointSeconds">Time to write it.</param>
/// <param name="HoursBetweenFailures">Mean time between failures of the whole job.</param>
/// <param name="Period">Seconds between checkpoints that lose the least (Young 1974; Daly 2006): √(2·μ·C).</param>
/// <param name="LostShare">Share of the time that checkpoints and repeated work take: C/T + T/(2·μ).</param>
public sealed record FailurePlan(
    double CheckpointBytes, double CheckpointSeconds, double HoursBetweenFailures, double Period, double LostShare)
{
    private const double Hour = 3600;

    /// <summary>Returns the plan of a job.</summary>
    /// <param name="bytes">Size of a checkpoint.</param>
    /// <param name="bandwidth">Bytes per second at which the job writes it.</param>
    /// <param name="hoursPerGpu">Mean hours between failures of one accelerator.</param>
    /// <param name="gpus">Accelerators.</param>
    public static FailurePlan Of(double bytes, double bandwidth, double hoursPerGpu, int gpus)
    {
        double write = bytes / bandwidth;
        double between = hoursPerGpu * Hour / gpus;
        double period = Math.Sqrt(2 * between * write);
        return new FailurePlan(bytes, write, between / Hour, period, write / period + period / (2 * between));
    }
}

/// <summary>A plan of a training job on a cluster.</summary>
public sealed record ClusterPlan
{
    /// <summary>The model.</summary>
    public required TrainingModel Model { get; init; }

    /// <summary>The cluster.</summary>
    public required Cluster Cluster { get; init; }

    /// <summary>Precision of the products.</summary>
    public required string Precision { get; init; }

    /// <summary>What the plan assumes.</summary>
    public required Assumptions Assumptions { get; init; }

    /// <summary>Examples of a step.</summary>
    public required int Batch { get; init; }

    /// <summary>Accelerators.</summary>
    public required int Gpus { get; init; }

    /// <summary>Units to train on.</summary>
    public required double Units { get; init; }

    /// <summary>The fastest layout of each division that fits, fastest first; at least one.</summary>
    public required IReadOnlyList<RankedLayout> Layouts { get; init; }

    /// <summary>Of each division without a layout that fits, the one that needs the least memory.</summary>
    public required IReadOnlyList<RankedLayout> TooLarge { get; init; }

    /// <summary>Bytes of an accelerator's memory that the plan may fill.</summary>
    public required double UsableMemory { get; init; }

    /// <summary>Operations of the whole training that the model needs.</summary>
    public required double Flop { get; init; }

    /// <summary>Checkpoints and failures.</summary>
    public required FailurePlan Failures { get; init; }

    /// <summary>Price of one accelerator for an hour, in dollars; null if it is unknown.</summary>
    public required double? PricePerHour { get; init; }

    /// <summary>The first steps on the machine at hand; null if the plan is an estimate.</summary>
    public MeasuredRun? Measured { get; init; }

    /// <summary>Seconds of training without failures; if it was measured, with the work between the steps.</summary>
    public double Seconds => Measured?.Seconds(Steps) ?? Steps * Layouts[0].Time.Total;

    /// <summary>Steps.</summary>
    public double Steps => Units / (Batch * Model.UnitsPerExample);

    /// <summary>Seconds with checkpoints and work that failures repeat.</summary>
    public double SecondsWithFailures => Seconds * (1 + Failures.LostShare);

    /// <summary>Hours of all accelerators, with checkpoints and failures.</summary>
    public double GpuHours => Gpus * SecondsWithFailures / 3600;

    /// <summary>Cost in dollars; null without a price.</summary>
    public double? Cost => GpuHours * PricePerHour;

    /// <summary>Energy of the accelerators in kilowatt hours; null if their power is unknown.</summary>
    public double? KilowattHours => Cluster.Watts > 0 ? GpuHours * Cluster.Watts / 1000 : null;
}
