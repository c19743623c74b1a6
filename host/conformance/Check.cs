using Tenon.Host.Plugins.Loading;

namespace Tenon.Conformance;

/// <summary>Outcome of a check.</summary>
public enum CheckOutcome
{
    /// <summary>The component passes.</summary>
    Passed,

    /// <summary>The component fails; see the reason.</summary>
    Failed,

    /// <summary>The check does not apply; see the reason.</summary>
    Skipped,
}

/// <summary>Outcome of a check, with the reason.</summary>
/// <param name="Outcome">Passed, failed or skipped.</param>
/// <param name="Reason">One sentence; empty when passed.</param>
public sealed record Verdict(CheckOutcome Outcome, string Reason)
{
    /// <summary>The component passes.</summary>
    public static Verdict Passed { get; } = new(CheckOutcome.Passed, "");

    /// <summary>Creates the verdict of a failed check.</summary>
    /// <param name="reason">What was found and what was expected.</param>
    public static Verdict Fail(string reason) => new(CheckOutcome.Failed, reason);

    /// <summary>Creates the verdict of a check that does not apply.</summary>
    /// <param name="reason">Why not.</param>
    public static Verdict Skip(string reason) => new(CheckOutcome.Skipped, reason);

    /// <summary>Passed if there are no findings.</summary>
    /// <param name="findings">One sentence per error.</param>
    public static Verdict Of(IReadOnlyCollection<string> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return findings.Count == 0 ? Passed : Fail(string.Join(" ", findings));
    }
}

/// <summary>One requirement that the contract places on a kind of component, as code.</summary>
/// <typeparam name="TSubject">The subject: a component with everything needed to test it.</typeparam>
/// <param name="name">Short name, as listed.</param>
/// <param name="description">The full requirement.</param>
/// <param name="run">Runs the check.</param>
public sealed class Check<TSubject>(string name, string description, Func<TSubject, Verdict> run)
{
    /// <summary>Short name of the requirement.</summary>
    public string Name { get; } = name;

    /// <summary>The full requirement.</summary>
    public string Description { get; } = description;

    /// <summary>Checks a component. Any exception is a failure.</summary>
    /// <param name="subject">The component.</param>
    public Verdict Run(TSubject subject)
    {
        try
        {
            return run(subject);
        }
        catch (NotApplicableException skip)
        {
            return Verdict.Skip(skip.Message);
        }
#pragma warning disable CA1031 // Boundary to third-party code: any exception fails the check.
        catch (Exception failure)
        {
            return Verdict.Fail(FailureOrigin.Describe(FailureOrigin.Cause(failure)));
        }
#pragma warning restore CA1031
    }

    /// <summary>Short name of the requirement.</summary>
    public override string ToString() => Name;
}

/// <summary>Thrown from anywhere inside a check that turns out not to apply.</summary>
/// <param name="reason">Why not.</param>
internal sealed class NotApplicableException(string reason) : Exception(reason);
