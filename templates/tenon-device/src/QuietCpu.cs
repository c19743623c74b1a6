using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Tenon;
using TorchSharp;

[assembly: Plugin("template._1", "My device")]

namespace Template._1;

/// <summary>Options of the device, set in the <c>device</c> section of a recipe.</summary>
public sealed record QuietCpuOptions
{
    /// <summary>Threads for matrix products.</summary>
    [Range(1, 4096)]
    public int Threads { get; init; } = 1;
}

/// <summary>The CPU with few threads, which leaves the other cores free.</summary>
[Device("template-1", "The CPU with few threads", Stability = Stability.Experimental)]
public sealed class QuietCpu : IDevice<QuietCpuOptions>
{
    /// <inheritdoc/>
    public Availability Check(QuietCpuOptions options) => options.Threads <= Environment.ProcessorCount
        ? new(true, $"{options.Threads} of {Environment.ProcessorCount} cores.")
        : new(false, $"'threads' is {options.Threads}, but this machine has {Environment.ProcessorCount} cores.");

    /// <inheritdoc/>
    public IOpenDevice Open(QuietCpuOptions options)
    {
        if (Check(options) is { IsAvailable: false } not)
            throw new DeviceException(not.Reason);
        torch.set_num_threads(options.Threads);
        return new Opened(options.Threads);
    }

    private sealed class Opened(int threads) : IOpenDevice
    {
        public torch.Device Torch => torch.CPU;

        public string Description => $"CPU, threads: {threads}";

        public Precision Precision => Precision.Fp32;

        public MemoryFigures Memory
        {
            get
            {
                using Process process = Process.GetCurrentProcess();
                return new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, process.WorkingSet64, process.PeakWorkingSet64);
            }
        }

        public double? PeakFlop => null;

        public void Synchronize()
        {
            // CPU work is complete when the call returns.
        }

        public void Dispose()
        {
            // There is nothing to release.
        }
    }
}
