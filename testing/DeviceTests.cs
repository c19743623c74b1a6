using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>The contract of a device as xUnit facts: inherit this class and pass the component.</summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
public abstract class DeviceTests<TOptions> : Conformance<DeviceSubject> where TOptions : class, new()
{
    /// <summary>The component.</summary>
    protected abstract IDevice<TOptions> Device { get; }

    /// <summary>The component's options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <inheritdoc/>
    protected override DeviceSubject Subject() => DeviceSubject.Of(Device, Options);

    /// <summary>Check reports consistently, with a reason, whether Open succeeds; an unusable device throws a DeviceException.</summary>
    [SkippableFact]
    public void Availability_is_accurate() => Verify(DeviceChecks.Availability);

    /// <summary>A matrix product equals the CPU's.</summary>
    [SkippableFact]
    public void Computes() => Verify(DeviceChecks.Computes);

    /// <summary>Memory in use is at most the peak, and the peak at most the total.</summary>
    [SkippableFact]
    public void Memory_figures_are_consistent() => Verify(DeviceChecks.Memory);

    /// <summary>Description, precision and peak are meaningful, and products at that precision work.</summary>
    [SkippableFact]
    public void Description_is_complete() => Verify(DeviceChecks.Describes);
}
