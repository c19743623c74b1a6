namespace Tenon.Host.Planning.Published;

/// <summary>A published figure, and the same figure computed from the published inputs.</summary>
/// <param name="Claim">What is claimed.</param>
/// <param name="Source">Where.</param>
/// <param name="Unit">Unit of both figures.</param>
/// <param name="Printed">The published figure.</param>
/// <param name="Computed">The program's.</param>
/// <param name="Basis">What the computation rests on.</param>
public sealed record PublishedFigure(string Claim, string Source, string Unit, double Printed, double Computed, string Basis)
{
    /// <summary>Difference relative to the published figure.</summary>
    public double Difference => Computed / Printed - 1;
}

/// <summary>A published training time, the time that follows from the published speed, and the program's own estimate.</summary>
/// <param name="Claim">What is claimed.</param>
/// <param name="Source">Where.</param>
/// <param name="Days">The published time.</param>
/// <param name="Teraflops">Speed of each GPU behind the claim, in 10¹² per second.</param>
/// <param name="DaysFromParameters">8·T·P / (n·X).</param>
/// <param name="DaysFromOperations">The operations of Narayanan et al. (2021, section 5.1) over n·X.</param>
/// <param name="Estimate">The fastest layout by the program's own model of time; null if none fits.</param>
/// <param name="EstimatedDays">The time with that layout; null without one.</param>
/// <param name="Missing">Why there is no estimate; null if there is one.</param>
public sealed record PublishedTime(
    string Claim, string Source, double Days, double Teraflops, double DaysFromParameters, double DaysFromOperations,
    RankedLayout? Estimate, double? EstimatedDays, string? Missing);

/// <summary>A row of Narayanan et al. (2021), table 1, and the program's search for its layout.</summary>
/// <param name="Model">The model.</param>
/// <param name="PrintedBillions">Parameters as printed, in 10⁹.</param>
/// <param name="PrintedTeraflops">Reached by each GPU as printed, in 10¹² per second.</param>
/// <param name="Paper">The paper's layout, with the program's estimate.</param>
/// <param name="Best">The fastest layout by the same estimate, among those without ZeRO and with full recomputation.</param>
public sealed record PublishedRow(
    TrainingModel Model, double PrintedBillions, double PrintedTeraflops, RankedLayout Paper, RankedLayout Best)
{
    /// <summary>Time of the paper's layout relative to the best one's; 1 if the paper's is the best.</summary>
    public double Slowdown => Paper.Time.Total / Best.Time.Total;
}

/// <summary>A published utilization with its layout, and the program's estimate for the same layout.</summary>
/// <param name="Model">The model.</param>
/// <param name="PrintedModel">Model FLOP utilization as printed.</param>
/// <param name="PrintedHardware">Hardware FLOP utilization as printed.</param>
/// <param name="ComputedHardware">The latter from the former, as the paper counts selective recomputation.</param>
/// <param name="Estimate">The same layout by the program's own model of time.</param>
public sealed record PublishedUtilization(
    TrainingModel Model, double PrintedModel, double PrintedHardware, double ComputedHardware, RankedLayout Estimate);

/// <summary>Published figures next to the program's.</summary>
/// <param name="Times">Training times.</param>
/// <param name="Rows">Narayanan et al. (2021), table 1.</param>
/// <param name="Utilizations">Korthikanti et al. (2022), table 5.</param>
/// <param name="Figures">Cost, memory and utilization.</param>
public sealed record PublishedFigures(
    IReadOnlyList<PublishedTime> Times, IReadOnlyList<PublishedRow> Rows, IReadOnlyList<PublishedUtilization> Utilizations,
    IReadOnlyList<PublishedFigure> Figures)
{
    /// <summary>Computes everything.</summary>
    /// <param name="v100">The cluster of the claims about V100.</param>
    /// <param name="a100">The cluster of the papers.</param>
    public static PublishedFigures Create(Cluster v100, Cluster a100) => new(
        PublishedTimes.Of(v100, a100), PublishedTimes.Rows(a100), PublishedTimes.Utilizations(a100), PublishedConstants.All);
}
