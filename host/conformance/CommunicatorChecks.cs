namespace Tenon.Conformance;

using CommunicatorCheck = Check<CommunicatorSubject>;

/// <summary>An engine between processes, with options.</summary>
public sealed class CommunicatorSubject
{
    internal CommunicatorSubject(ICommunicatorFactory communicator, object options) => (Communicator, Options) = (communicator, options);

    internal ICommunicatorFactory Communicator { get; }

    internal object Options { get; }

    /// <summary>Creates the test subject for an engine.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <param name="communicator">The component.</param>
    /// <param name="options">Options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    public static CommunicatorSubject Of<TOptions>(ICommunicatorFactory<TOptions> communicator, TOptions? options = null)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(communicator);
        return new CommunicatorSubject(communicator, options ?? TestSettings.Bind(communicator));
    }
}

/// <summary>
/// Checks of every engine between processes. They do not connect processes, because an engine starts only once in a process.
/// </summary>
public static class CommunicatorChecks
{
    /// <summary>Check gives a reason, always the same.</summary>
    public static CommunicatorCheck Availability { get; } = new("availability has a reason",
        "Check reports, with a reason, whether the engine can be used, the same each time.", subject =>
    {
        Availability reported = subject.Communicator.Check(subject.Options);
        if (string.IsNullOrWhiteSpace(reported.Reason))
            return Verdict.Fail("Check does not give a reason.");
        return subject.Communicator.Check(subject.Options) == reported
            ? Verdict.Passed : Verdict.Fail("Two calls of Check give different results.");
    });

    /// <summary>All checks.</summary>
    public static IReadOnlyList<CommunicatorCheck> All { get; } = [Availability];
}
