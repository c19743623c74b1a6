using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>What the contract asks of a device, as facts: inherit it once and give the component.</summary>
/// <typeparam name="TOptions">Its options.</typeparam>
public abstract class DeviceTests<TOptions> : Conformance<DeviceSubject> where TOptions : class, new()
{
    /// <summary>The component.</summary>
    protected abstract IDevice<TOptions> Device { get; }

    /// <summary>Its options; null: the <see cref="ComponentAttribute.TestSettings"/> of the class.</summary>
    protected virtual TOptions? Options => null;

    /// <inheritdoc/>
    protected override DeviceSubject Subject() => DeviceSubject.Of(Device, Options);

    /// <summary>Check says with a reason whether Open succeeds, twice the same, and a device that cannot be used throws a DeviceException.</summary>
    [SkippableFact]
    public void Availability_is_true() => Keeps(DeviceChecks.Availability);

    /// <summary>A product computed on it is that of the processor.</summary>
    [SkippableFact]
    public void Computes() => Keeps(DeviceChecks.Computes);

    /// <summary>Memory in use is at most the peak, and that at most all there is.</summary>
    [SkippableFact]
    public void Memory_figures_fit() => Keeps(DeviceChecks.Memory);

    /// <summary>Description, precision and peak are values that a person can use, and the precision computes.</summary>
    [SkippableFact]
    public void Says_what_it_is() => Keeps(DeviceChecks.Describes);
}
