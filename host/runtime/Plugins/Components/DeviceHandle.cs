namespace Tenon.Host.Plugins.Components;

/// <summary>A device with its option type hidden.</summary>
internal abstract class DeviceHandle
{
    /// <summary>Wraps a component.</summary>
    public static DeviceHandle For(object component) =>
        Handle.Create<DeviceHandle>(component, typeof(IDevice<>), typeof(DeviceHandle<>));

    /// <summary>Whether the device can be used.</summary>
    public abstract Availability Check(object options);

    /// <summary>Opens the device.</summary>
    public abstract IOpenDevice Open(object options);
}

/// <inheritdoc/>
internal sealed class DeviceHandle<TOptions>(IDevice<TOptions> device) : DeviceHandle
    where TOptions : class, new()
{
    public override Availability Check(object options) => device.Check((TOptions)options);

    public override IOpenDevice Open(object options) => device.Open((TOptions)options);
}
