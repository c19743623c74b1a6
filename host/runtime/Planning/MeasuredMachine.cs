using System.Diagnostics;
using Tenon.Host.Models;
using Tenon.Host.Native;
using TorchSharp;

namespace Tenon.Host.Planning;

/// <summary>Measures the machine at hand as a cluster of one accelerator: products and memory, for a second each.</summary>
internal static class MeasuredMachine
{
    /// <summary>Name of the cluster.</summary>
    public const string Name = "this";

    private const double MeasuredSeconds = 1;
    // Large enough for the highest rate, small enough for a few repetitions in a second.
    private const int CpuSide = 1024;
    private const int GpuSide = 8192;
    private const long CopiedNumbers = 64 << 20;

    /// <summary>Measures a device.</summary>
    /// <param name="device">The device; stays open.</param>
    public static Cluster Measure(IOpenDevice device)
    {
        bool isGpu = device.Torch.type != DeviceType.CPU;
        double rate = ProductRate(device, isGpu ? GpuSide : CpuSide);
        double peak = Math.Max(rate, device.PeakFlop ?? 0);
        double memory = device.Memory.Total ?? FreeMemory.Now()?.Bytes ?? 0;
        return new Cluster(
            Name, device.Description, 1, new Dictionary<string, double> { [device.Precision.ToString().ToLowerInvariant()] = peak },
            memory, CopyBandwidth(device))
        {
            MatmulShare = rate / peak,
            Sources =
            [
                $"measured now: products of {(isGpu ? GpuSide : CpuSide):N0}² matrices at {rate / 1e12:0.###} TFLOP/s, and copies",
            ],
        };
    }

    private static double ProductRate(IOpenDevice device, int side)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor a = torch.randn(side, side, device: device.Torch).to(ScalarTypes.Of(device.Precision));
        torch.Tensor b = torch.randn(side, side, device: device.Torch).to(ScalarTypes.Of(device.Precision));
        return 2.0 * side * side * side / Fastest(device, () => torch.matmul(a, b).Dispose());
    }

    private static double CopyBandwidth(IOpenDevice device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor from = torch.zeros(CopiedNumbers, device: device.Torch);
        torch.Tensor to = torch.zeros(CopiedNumbers, device: device.Torch);
        // A copy reads and writes every number.
        return 2.0 * sizeof(float) * CopiedNumbers / Fastest(device, () => to.copy_(from));
    }

    // Other processes only make a repetition slower, so the fastest one counts; the first also allocates.
    private static double Fastest(IOpenDevice device, Action act)
    {
        act();
        device.Synchronize();
        double fastest = double.PositiveInfinity;
        var all = Stopwatch.StartNew();
        while (all.Elapsed.TotalSeconds < MeasuredSeconds)
        {
            long started = Stopwatch.GetTimestamp();
            act();
            device.Synchronize();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return fastest;
    }
}
