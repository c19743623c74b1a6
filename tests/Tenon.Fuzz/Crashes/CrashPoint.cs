namespace Tenon.Fuzz.Crashes;

/// <summary>A call of the operating system at which the process of a run is killed, or at which a failing disk reports an error.</summary>
/// <param name="Call">Name of the call.</param>
/// <param name="Number">Which of the calls of the run's thread, from 1.</param>
/// <param name="Error">Name of the error; null to kill the process.</param>
internal sealed record CrashPoint(string Call, int Number, string? Error)
{
    /// <summary>The argument of strace.</summary>
    public string Injection => $"--inject={Call}:{(Error is null ? "signal=KILL" : $"error={Error}")}:when={Number}";

    public override string ToString() => $"{Call} {Number}: {Error ?? "killed"}";
}
