using TorchSharp;

namespace Tenon;

/// <summary>The precision of matrix products. Parameters, optimizer state and loss are float32 in each.</summary>
public enum Precision
{
    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>bfloat16 operands: 8 bits of exponent, 8 of precision.</summary>
    Bf16,

    /// <summary>IEEE half-precision operands, with loss scaling.</summary>
    Fp16,

    /// <summary>32-bit operands that products round to TensorFloat-32, 10 bits of precision, on GPUs.</summary>
    Tf32,
}

/// <summary>Whether a device can be used here.</summary>
/// <param name="IsAvailable">True when <see cref="IDevice{TOptions}.Open"/> would succeed.</param>
/// <param name="Reason">What it is, or what is missing and the way out.</param>
public sealed record Availability(bool IsAvailable, string Reason);

/// <summary>Memory of a device in bytes; null where the device cannot tell.</summary>
/// <param name="Total">All there is.</param>
/// <param name="Used">In use by this process now.</param>
/// <param name="Peak">Most that this process has used.</param>
public sealed record MemoryFigures(long? Total, long? Used, long? Peak);

/// <summary>A kind of device, whatever its options: what the host calls. Plugins implement <see cref="IDevice{TOptions}"/>.</summary>
public interface IDevice : IComponent
{
    /// <inheritdoc cref="IDevice{TOptions}.Check"/>
    Availability Check(object options);

    /// <inheritdoc cref="IDevice{TOptions}.Open"/>
    IOpenDevice Open(object options);
}

/// <summary>A kind of device to run on. Stateless; the class carries <see cref="DeviceAttribute"/>.</summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
public interface IDevice<in TOptions> : IDevice where TOptions : class, new()
{
    /// <summary>Reports truthfully whether the device can be used, without using it. Never throws.</summary>
    /// <param name="options">Validated options.</param>
    Availability Check(TOptions options);

    /// <summary>Makes the device ready: natives, threads, precision. Called once, before any other use of torch. The host disposes the result.</summary>
    /// <param name="options">Validated options.</param>
    /// <exception cref="DeviceException">The device cannot be used; the message says what is missing and the way out.</exception>
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
    /// <summary>Where tensors go.</summary>
    torch.Device Torch { get; }

    /// <summary>What a person calls it: processor or GPU name, threads.</summary>
    string Description { get; }

    /// <summary>The precision of matrix products in this run.</summary>
    Precision Precision { get; }

    /// <summary>Memory now.</summary>
    MemoryFigures Memory { get; }

    /// <summary>Peak floating-point operations a second at <see cref="Precision"/>, or null when unknown.</summary>
    double? PeakFlop { get; }

    /// <summary>Waits until everything queued on the device is done.</summary>
    void Synchronize();
}

/// <summary>A device cannot be used as asked.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Says what is missing and the way out.</param>
    public DeviceException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">Says what is missing and the way out.</param>
    /// <param name="cause">What went wrong below.</param>
    public DeviceException(string message, Exception cause) : base(message, cause) { }
}
