using TorchSharp;

namespace Tenon.Benchmarks;

/// <summary>The CPU as a program without the host uses it: torch with default settings and a number of threads.</summary>
internal sealed class PlainProcessor : IOpenDevice
{
    /// <summary>Loads torch.</summary>
    /// <param name="threads">Threads of torch.</param>
    public PlainProcessor(int threads)
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        torch.set_num_threads(threads);
    }

    /// <inheritdoc/>
    public torch.Device Torch => torch.CPU;

    /// <inheritdoc/>
    public string Description => "processor";

    /// <inheritdoc/>
    public Precision Precision => Precision.Fp32;

    /// <inheritdoc/>
    public MemoryFigures Memory => new(null, null, null);

    /// <inheritdoc/>
    public double? PeakFlop => null;

    /// <inheritdoc/>
    public void Synchronize() { }

    /// <inheritdoc/>
    public void Dispose() { }
}
