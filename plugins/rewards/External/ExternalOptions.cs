using System.ComponentModel.DataAnnotations;

namespace Tenon.Rewards.External;

/// <summary>Options of <c>external</c>.</summary>
public sealed record ExternalOptions : IValidatableObject
{
    /// <summary>
    /// The executable that checks an outcome, relative to the recipe. It is started without a shell, in the folder that contains it. It
    /// reads one line of JSON from its standard input, an object with <c>prompt</c>, <c>response</c>, <c>answer</c> (or null) and
    /// <c>ended</c>, and prints the score as a number.
    /// </summary>
    [Required, Path]
    public string? Program { get; init; }

    /// <summary>Arguments of the program, passed unchanged.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// Whether the program may run. It runs with your permissions and reads text that a model wrote, so set this to true only if you
    /// trust the program.
    /// </summary>
    public bool Allow { get; init; }

    /// <summary>
    /// Maximum duration of a check in seconds. After that, the program and the processes that it started are killed. If the program has
    /// already exited, processes that it left running are not killed.
    /// </summary>
    [Range(0.01, 86_400)]
    public double TimeLimit { get; init; } = 10;

    /// <summary>Maximum private memory of the program, and of each process that it starts, in megabytes (Linux's RLIMIT_DATA).</summary>
    [Range(1, 1_000_000)]
    public int MemoryLimit { get; init; } = 1024;

    /// <summary>Maximum number of checks that run in parallel.</summary>
    [Range(1, 1024)]
    public int Processes { get; init; } = 1;

    /// <summary>
    /// Score of an outcome whose check exceeds a limit or exits with a nonzero code. By default, such a check ends the run.
    /// </summary>
    public double? FailureScore { get; init; }

    /// <summary>Checks that the program is allowed.</summary>
    /// <param name="validationContext">Not used.</param>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Allow)
            yield return new ValidationResult(
                $"is false, so the program '{Program}' may not run. It would run with your permissions. " +
                "If you trust it, set allow to true.",
                [nameof(Allow)]);
        if (FailureScore is { } score && !double.IsFinite(score))
            yield return new ValidationResult("is not a finite number. Set a score such as 0.", [nameof(FailureScore)]);
    }
}
