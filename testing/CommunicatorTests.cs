using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>The contract of an engine between processes as xUnit facts: inherit this class and pass the component.</summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
public abstract class CommunicatorTests<TOptions> : Conformance<CommunicatorSubject> where TOptions : class, new()
{
    /// <summary>The component.</summary>
    protected abstract ICommunicatorFactory<TOptions> Communicator { get; }

    /// <summary>The component's options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <inheritdoc/>
    protected override CommunicatorSubject Subject() => CommunicatorSubject.Of(Communicator, Options);

    /// <summary>Check reports, with a reason, whether the engine can be used, the same each time.</summary>
    [SkippableFact]
    public void Availability_has_a_reason() => Verify(CommunicatorChecks.Availability);
}
