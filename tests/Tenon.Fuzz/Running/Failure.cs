using System.Text.Json;

namespace Tenon.Fuzz.Running;

/// <summary>How a reader failed.</summary>
internal enum FailureKind
{
    /// <summary>It threw an exception that is not documented.</summary>
    Exception,

    /// <summary>Its process died.</summary>
    Death,

    /// <summary>It took too long.</summary>
    Hang,

    /// <summary>It used too much memory.</summary>
    Memory,
}

/// <summary>A failure of a reader.</summary>
/// <param name="Kind">How it failed.</param>
/// <param name="Place">Type of the exception and the method that threw it, exit code, …: equal for failures with the same cause.</param>
/// <param name="Detail">The exception with its stack trace, or a sentence.</param>
internal sealed record Failure(FailureKind Kind, string Place, string Detail)
{
    /// <summary>Describes an exception. Its place is that of its cause.</summary>
    public static Failure Of(Exception failure)
    {
        Exception cause = failure.GetBaseException();
        string[] frames = [.. (cause.StackTrace ?? "").Split('\n').Select(line => line.Trim())
            .Where(line => line.StartsWith("at ", StringComparison.Ordinal)).Select(line => line[3..].Split(" in ")[0])];
        string frame = frames.FirstOrDefault(line => line.StartsWith("Tenon.", StringComparison.Ordinal)
            && !line.StartsWith("Tenon.Fuzz.", StringComparison.Ordinal)) ?? frames.FirstOrDefault() ?? "";
        string type = cause == failure ? failure.GetType().Name : $"{failure.GetType().Name} of {cause.GetType().Name}";
        return new Failure(FailureKind.Exception, $"{type} in {frame.Split('(')[0]}", failure.ToString());
    }
}

/// <summary>A line from a child process.</summary>
/// <param name="Index">Index of the input; -1 for an input from a file.</param>
/// <param name="Failure">How the reader failed; null at the end of a job.</param>
/// <param name="Refused">At the end of a job: inputs that were refused.</param>
/// <param name="ProcessorSeconds">At the end of a job: time of the processor.</param>
/// <param name="SlowestSeconds">At the end of a job: the longest time of the processor for an input.</param>
internal sealed record ChildReport(
    long Index, Failure? Failure, long Refused = 0, double ProcessorSeconds = 0, double SlowestSeconds = 0)
{
    /// <summary>Whether the job is done.</summary>
    public bool IsEnd => Failure is null;

    /// <summary>Serializes to a line.</summary>
    public string Write() => JsonSerializer.Serialize(this);

    /// <summary>Parses a line.</summary>
    public static ChildReport Parse(string line) => JsonSerializer.Deserialize<ChildReport>(line)!;
}

/// <summary>Work for a child process.</summary>
/// <param name="Reader">Name of the reader.</param>
/// <param name="Number">Number of the sequence of inputs.</param>
/// <param name="First">Index of the first input.</param>
/// <param name="Count">Number of inputs.</param>
internal sealed record Job(string Reader, ulong Number, long First, long Count)
{
    /// <summary>Seconds that an input may take.</summary>
    public double Seconds { get; init; } = Limits.Time.TotalSeconds;

    /// <summary>Name of a seed, if the input is in a file instead of in the sequence.</summary>
    public string? Seed { get; init; }

    /// <summary>The file of the input, if it is in a file.</summary>
    public string? File { get; init; }

    /// <summary>Serializes to a line.</summary>
    public string Write() => JsonSerializer.Serialize(this);

    /// <summary>Parses a line.</summary>
    public static Job Parse(string line) => JsonSerializer.Deserialize<Job>(line)!;
}
