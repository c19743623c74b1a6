namespace Tenon.Host.Planning;

/// <summary>Work between the steps of a run.</summary>
/// <param name="Work">What it is: <c>validations</c>, <c>samples</c> or <c>checkpoints</c>.</param>
/// <param name="Seconds">Time of each.</param>
/// <param name="Every">Steps from one to the next.</param>
public sealed record MeasuredPause(string Work, double Seconds, long Every);

/// <summary>The first steps of a run on the machine at hand, measured.</summary>
/// <param name="SecondsPerStep">Mean time of a step.</param>
/// <param name="Pauses">Work between the steps.</param>
/// <param name="PeakBytes">The highest resident memory of the process; null where the system does not report it.</param>
public sealed record MeasuredRun(double SecondsPerStep, IReadOnlyList<MeasuredPause> Pauses, long? PeakBytes)
{
    /// <summary>Returns the seconds of a number of steps with the work between them.</summary>
    /// <param name="steps">Steps.</param>
    public double Seconds(double steps) =>
        steps * SecondsPerStep + Pauses.Sum(pause => Math.Floor(steps / pause.Every) * pause.Seconds);
}
