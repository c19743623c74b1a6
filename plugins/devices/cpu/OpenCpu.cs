using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace Tenon.Cpu;

/// <summary>The CPU in use.</summary>
internal sealed class OpenCpu(int threads, Precision precision) : IOpenDevice
{
    /// <inheritdoc/>
    public torch.Device Torch => torch.CPU;

    /// <inheritdoc/>
    public string Description { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor.Name}, {threads} {(threads == 1 ? "thread" : "threads")}, " +
        $"{(precision == Precision.Bf16 ? "bf16 matrix products" : "fp32")}");

    /// <inheritdoc/>
    public Precision Precision => precision;

    /// <inheritdoc/>
    public MemoryFigures Memory
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, process.WorkingSet64, process.PeakWorkingSet64);
        }
    }

    /// <inheritdoc/>
    public double? PeakFlop => null;

    /// <inheritdoc/>
    public void Synchronize()
    {
        // CPU work is complete when the call returns.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing to release.
    }
}
