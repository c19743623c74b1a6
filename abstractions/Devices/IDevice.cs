using TorchSharp;

namespace Tenon;

/// <summary>Precision of matrix products. Parameters, optimizer state and loss are always float32.</summary>
public enum Precision
{
    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>bfloat16 operands: 8 bits of exponent, 8 of precision.</summary>
    Bf16,

    /// <summary>IEEE half-precision operands, with loss scaling.</summary>
    Fp16,

    /// <summary>float32 operands that GPUs round to TensorFloat-32 (10 bits of precision) in products.</summary>
    Tf32,
}

/// <summary>Whether a device is usable on this machine.</summary>
/// <param name="IsAvailable">True when <see cref="IDevice{TOptions}.Open"/> would succeed.</param>
/// <param name="Reason">Description of the device, or what is missing and how to fix it.</param>
public sealed record Availability(bool IsAvailable, string Reason);

/// <summary>Memory of a device in bytes; null where unknown.</summary>
/// <param name="Total">Total.</param>
/// <param name="Used">In use by this process now.</param>
/// <param name="Peak">Peak use by this process.</param>
public sealed record MemoryFigures(long? Total, long? Used, long? Peak);

/// <summary>A type of device with any options, as the host calls it. Plugins implement <see cref="IDevice{TOptions}"/>.</summary>
public interface IDevice : IComponent
{
    /// <inheritdoc cref="IDevice{TOptions}.Check"/>
    Availability Check(object options);

    /// <inheritdoc cref="IDevice{TOptions}.Open"/>
    IOpenDevice Open(object options);
}

/// <summary>A type of device to run on. Stateless; the class must have the attribute <see cref="DeviceAttribute"/>.</summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
public interface IDevice<in TOptions> : IDevice where TOptions : class, new()
{
    /// <summary>Reports whether the device can be used, without using it. Never throws.</summary>
    /// <param name="options">Validated options.</param>
    Availability Check(TOptions options);

    /// <summary>
    /// Prepares the device: native libraries, threads, precision. Called once, before any other use of torch. The host disposes
    /// the result.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <exception cref="DeviceException">The device cannot be used; the message states what is missing and how to fix it.</exception>
    IOpenDevice Open(TOptions options);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    Availability IDevice.Check(object options) => Check((TOptions)options);

    /// <inheritdoc/>
    IOpenDevice IDevice.Open(object options) => Open((TOptions)options);
}

/// <summary>A device in use.</summary>
public interface IOpenDevice : IDisposable
{
    /// <summary>The torch device for tensors.</summary>
    torch.Device Torch { get; }

    /// <summary>Human-readable name: processor or GPU, threads.</summary>
    string Description { get; }

    /// <summary>The precision of matrix products in this run.</summary>
    Precision Precision { get; }

    /// <summary>Current memory use.</summary>
    MemoryFigures Memory { get; }

    /// <summary>Peak floating-point operations per second at <see cref="Precision"/>; null when unknown.</summary>
    double? PeakFlop { get; }

    /// <summary>Waits until all work queued on the device is complete.</summary>
    void Synchronize();
}

/// <summary>A device cannot be used as requested.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">States what is missing and how to fix it.</param>
    public DeviceException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">States what is missing and how to fix it.</param>
    /// <param name="cause">The underlying exception.</param>
    public DeviceException(string message, Exception cause) : base(message, cause) { }
}
