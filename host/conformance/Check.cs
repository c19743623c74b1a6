using Tenon.Host.Plugins.Loading;

namespace Tenon.Conformance;

/// <summary>What came of a check.</summary>
public enum CheckOutcome
{
    /// <summary>The promise is kept.</summary>
    Passed,

    /// <summary>The promise is broken; the reason says how.</summary>
    Failed,

    /// <summary>The promise does not apply here; the reason says why.</summary>
    Skipped,
}

/// <summary>What came of a check, and why.</summary>
/// <param name="Outcome">Passed, failed or skipped.</param>
/// <param name="Reason">One sentence; empty when passed.</param>
public sealed record Verdict(CheckOutcome Outcome, string Reason)
{
    /// <summary>The promise is kept.</summary>
    public static Verdict Kept { get; } = new(CheckOutcome.Passed, "");

    /// <summary>The promise is broken.</summary>
    /// <param name="reason">What was found, and what had to be.</param>
    public static Verdict Broken(string reason) => new(CheckOutcome.Failed, reason);

    /// <summary>The promise does not apply.</summary>
    /// <param name="reason">Why not.</param>
    public static Verdict Skip(string reason) => new(CheckOutcome.Skipped, reason);

    /// <summary>Kept when nothing was found.</summary>
    /// <param name="findings">A sentence for each thing that is wrong.</param>
    public static Verdict Of(IReadOnlyCollection<string> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return findings.Count == 0 ? Kept : Broken(string.Join(" ", findings));
    }
}

/// <summary>One promise that the contract asks of a kind of component, as code.</summary>
/// <typeparam name="TSubject">What is checked: a component with what it needs to be tried.</typeparam>
/// <param name="name">The promise in a few words, as it is listed.</param>
/// <param name="description">The promise in full.</param>
/// <param name="run">Tries it.</param>
public sealed class Check<TSubject>(string name, string description, Func<TSubject, Verdict> run)
{
    /// <summary>The promise in a few words.</summary>
    public string Name { get; } = name;

    /// <summary>The promise in full.</summary>
    public string Description { get; } = description;

    /// <summary>Tries a component. Whatever that throws is a broken promise.</summary>
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
#pragma warning disable CA1031 // The boundary to foreign code: every exception is the check's finding.
        catch (Exception failure)
        {
            return Verdict.Broken(FailureOrigin.Told(FailureOrigin.Cause(failure)));
        }
#pragma warning restore CA1031
    }

    /// <summary>The promise in a few words.</summary>
    public override string ToString() => Name;
}

/// <summary>Ends a check that does not apply, from wherever that is found out.</summary>
/// <param name="reason">Why not.</param>
internal sealed class NotApplicableException(string reason) : Exception(reason);
