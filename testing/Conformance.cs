using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>Turns a check's verdict into an xUnit result: passed, failed with the reason, or skipped with the reason.</summary>
/// <typeparam name="TSubject">The subject of the checks.</typeparam>
public abstract class Conformance<TSubject>
{
    private readonly Lazy<TSubject> _subject;

    /// <summary>Called by the base classes of this kit.</summary>
    protected Conformance() => _subject = new Lazy<TSubject>(Subject);

    /// <summary>Creates the subject.</summary>
    protected abstract TSubject Subject();

    /// <summary>Runs a check.</summary>
    /// <param name="check">The check.</param>
    protected void Verify(Check<TSubject> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        Verdict verdict = check.Run(_subject.Value);
        Skip.If(verdict.Outcome == CheckOutcome.Skipped, verdict.Reason);
        Assert.True(verdict.Outcome == CheckOutcome.Passed, $"{check.Description} {verdict.Reason}");
    }
}
