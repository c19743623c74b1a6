using Tenon.Host.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

using DeviceCheck = Check<DeviceSubject>;

/// <summary>A device component with options.</summary>
public sealed class DeviceSubject
{
    internal DeviceSubject(IDevice device, object options)
    {
        TorchRuntime.Prepare();
        (Device, Options) = (device, options);
    }

    internal IDevice Device { get; }

    internal object Options { get; }

    /// <summary>Creates the test subject for a device.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <param name="device">The component.</param>
    /// <param name="options">Options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static DeviceSubject Of<TOptions>(IDevice<TOptions> device, TOptions? options = null) where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(device);
        return new DeviceSubject(device, options ?? TestSettings.Bind(device));
    }

    /// <summary>Returns the open device. The caller disposes it.</summary>
    /// <exception cref="NotApplicableException">The device cannot be used here.</exception>
    internal IOpenDevice Open() => Device.Check(Options) is { IsAvailable: false } not
        ? throw new NotApplicableException($"The device cannot be used here: {not.Reason}")
        : Device.Open(Options);
}

/// <summary>Checks of every device.</summary>
public static class DeviceChecks
{
    /// <summary>Check is accurate and gives a reason.</summary>
    public static DeviceCheck Availability { get; } = new("availability is accurate",
        "Check reports consistently, with a reason, whether Open succeeds; an unusable device throws a DeviceException.", subject =>
    {
        Availability reported = subject.Device.Check(subject.Options);
        if (string.IsNullOrWhiteSpace(reported.Reason))
            return Verdict.Fail("Check does not give a reason.");
        if (subject.Device.Check(subject.Options) != reported)
            return Verdict.Fail("Two calls of Check give different results.");
        try
        {
            using IOpenDevice open = subject.Device.Open(subject.Options);
            return reported.IsAvailable
                ? Verdict.Passed : Verdict.Fail($"Check reports that the device cannot be used ({reported.Reason}), but it opens.");
        }
        catch (DeviceException failure)
        {
            return reported.IsAvailable
                ? Verdict.Fail($"Check reports that the device can be used, but it does not open: {failure.Message}") : Verdict.Passed;
        }
    });

    /// <summary>The device computes correctly.</summary>
    public static DeviceCheck Computes { get; } = new("computes", "A matrix product equals the CPU's.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IOpenDevice device = subject.Open();
        Tensor a = arange(12, dtype: ScalarType.Float32).view(3, 4), b = arange(20, dtype: ScalarType.Float32).view(4, 5);
        Tensor product = a.to(device.Torch).mm(b.to(device.Torch));
        device.Synchronize();
        return Compare.Near(product.cpu(), a.mm(b), 1e-5, "Products");
    });

    /// <summary>Memory figures are consistent.</summary>
    public static DeviceCheck Memory { get; } =
        new("memory figures are consistent", "Memory in use is at most the peak, and the peak at most the total.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IOpenDevice device = subject.Open();
        Tensor held = zeros(1 << 20, device: device.Torch);
        device.Synchronize();
        MemoryFigures memory = device.Memory;
        return memory is { Used: < 0 } or { Total: <= 0 } || memory.Used > memory.Peak || memory.Peak > memory.Total || held.numel() == 0
            ? Verdict.Fail($"The device reports {memory}.")
            : Verdict.Passed;
    });

    /// <summary>Description, precision and peak are set.</summary>
    public static DeviceCheck Describes { get; } =
        new("description", "Description, precision and peak are meaningful, and products at that precision work.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IOpenDevice device = subject.Open();
        ScalarType type = Tenon.Host.Models.ScalarTypes.Of(device.Precision);
        Tensor x = ones([8, 8], device: device.Torch).to(type);
        double sum = x.mm(x).to(ScalarType.Float32).sum().cpu().item<float>();
        return Verdict.Of([
            .. string.IsNullOrWhiteSpace(device.Description) ? ["The device has no description."] : Array.Empty<string>(),
            .. device.PeakFlop is <= 0 ? [$"The device's peak is {device.PeakFlop} operations per second."] : Array.Empty<string>(),
            .. Math.Abs(sum - 512) > 4 ? [$"A product in {device.Precision} sums to {sum}, not 512."] : Array.Empty<string>()]);
    });

    /// <summary>All device checks.</summary>
    public static IReadOnlyList<DeviceCheck> All { get; } = [Availability, Computes, Memory, Describes];
}
