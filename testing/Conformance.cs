using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>Turns a check's verdict into what xUnit shows: a fact that passes, fails with the reason, or is skipped with it.</summary>
/// <typeparam name="TSubject">What is checked.</typeparam>
public abstract class Conformance<TSubject>
{
    private readonly Lazy<TSubject> _subject;

    /// <summary>For the classes of the kit.</summary>
    protected Conformance() => _subject = new Lazy<TSubject>(Subject);

    /// <summary>Makes what is checked.</summary>
    protected abstract TSubject Subject();

    /// <summary>Runs a check.</summary>
    /// <param name="check">The promise.</param>
    protected void Keeps(Check<TSubject> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        Verdict verdict = check.Run(_subject.Value);
        Skip.If(verdict.Outcome == CheckOutcome.Skipped, verdict.Reason);
        Assert.True(verdict.Outcome == CheckOutcome.Passed, $"{check.Description} {verdict.Reason}");
    }
}
