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

    /// <summary>A device to be checked.</summary>
    /// <typeparam name="TOptions">Its options.</typeparam>
    /// <param name="device">The component.</param>
    /// <param name="options">Options; null: the <see cref="ComponentAttribute.TestSettings"/> of its class.</param>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static DeviceSubject Of<TOptions>(IDevice<TOptions> device, TOptions? options = null) where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(device);
        return new DeviceSubject(device, options ?? TestSettings.Bind(device));
    }

    /// <summary>The open device, which the caller disposes.</summary>
    /// <exception cref="NotApplicableException">It cannot be used here.</exception>
    internal IOpenDevice Open() => Device.Check(Options) is { IsAvailable: false } not
        ? throw new NotApplicableException($"It cannot be used here: {not.Reason}")
        : Device.Open(Options);
}

/// <summary>What every device promises.</summary>
public static class DeviceChecks
{
    /// <summary>Availability is the truth, with a reason.</summary>
    public static DeviceCheck Availability { get; } = new("availability is true", "Check says with a reason whether Open succeeds, twice the same, and a device that cannot be used throws a DeviceException.", subject =>
    {
        Availability said = subject.Device.Check(subject.Options);
        if (string.IsNullOrWhiteSpace(said.Reason))
            return Verdict.Broken("It gives no reason.");
        if (subject.Device.Check(subject.Options) != said)
            return Verdict.Broken("Asked twice it says two things.");
        try
        {
            using IOpenDevice open = subject.Device.Open(subject.Options);
            return said.IsAvailable ? Verdict.Kept : Verdict.Broken($"It says that it cannot be used ({said.Reason}), and opens.");
        }
        catch (DeviceException failure)
        {
            return said.IsAvailable ? Verdict.Broken($"It says that it can be used, and does not open: {failure.Message}") : Verdict.Kept;
        }
    });

    /// <summary>Tensors can be computed on it.</summary>
    public static DeviceCheck Computes { get; } = new("computes", "A product computed on it is that of the processor.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IOpenDevice device = subject.Open();
        Tensor a = arange(12, dtype: ScalarType.Float32).view(3, 4), b = arange(20, dtype: ScalarType.Float32).view(4, 5);
        Tensor product = a.to(device.Torch).mm(b.to(device.Torch));
        device.Synchronize();
        return Compare.Near(product.cpu(), a.mm(b), 1e-5, "Products");
    });

    /// <summary>Memory figures make sense.</summary>
    public static DeviceCheck Memory { get; } = new("memory figures fit", "Memory in use is at most the peak, and that at most all there is.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IOpenDevice device = subject.Open();
        Tensor held = zeros(1 << 20, device: device.Torch);
        device.Synchronize();
        MemoryFigures memory = device.Memory;
        return memory is { Used: < 0 } or { Total: <= 0 } || memory.Used > memory.Peak || memory.Peak > memory.Total || held.numel() == 0
            ? Verdict.Broken($"It tells {memory}.")
            : Verdict.Kept;
    });

    /// <summary>Precision and description are told.</summary>
    public static DeviceCheck Describes { get; } = new("says what it is", "Description, precision and peak are values that a person can use, and the precision computes.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IOpenDevice device = subject.Open();
        ScalarType type = Tenon.Host.Models.ScalarTypes.Of(device.Precision);
        Tensor x = ones([8, 8], device: device.Torch).to(type);
        double sum = x.mm(x).to(ScalarType.Float32).sum().cpu().item<float>();
        return Verdict.Of([
            .. string.IsNullOrWhiteSpace(device.Description) ? ["It has no description."] : Array.Empty<string>(),
            .. device.PeakFlop is <= 0 ? [$"Its peak is {device.PeakFlop} operations a second."] : Array.Empty<string>(),
            .. Math.Abs(sum - 512) > 4 ? [$"A product in {device.Precision} sums to {sum}, not 512."] : Array.Empty<string>()]);
    });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DeviceCheck> All { get; } = [Availability, Computes, Memory, Describes];
}
