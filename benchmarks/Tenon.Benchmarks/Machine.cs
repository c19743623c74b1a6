using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>Peak performance of the machine, for comparison.</summary>
internal static class Machine
{
    private const int Repetitions = 12;

    /// <summary>Bytes read and written per second by a copy of 256 MB, the best of several runs.</summary>
    /// <param name="device">The device that copies.</param>
    public static double CopyBandwidth(IOpenDevice device)
    {
        const long Numbers = 64L << 20;
        using Tensor from = ones([Numbers], ScalarType.Float32, device.Torch);
        using Tensor to = zeros([Numbers], ScalarType.Float32, device.Torch);
        return 2 * Numbers * sizeof(float) / Best(device, () => to.copy_(from));
    }

    /// <summary>Operations per second of a matrix product in the device's precision, the best of several runs.</summary>
    /// <param name="device">The device that computes.</param>
    public static double ProductPeak(IOpenDevice device)
    {
        long size = device.Torch.type == DeviceType.CPU ? 2048 : 8192;
        using Tensor drawn = randn([size, size], ScalarType.Float32, device.Torch);
        using Tensor left = drawn.to(device.Precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32);
        return 2.0 * size * size * size / Best(device, () => left.mm(left).Dispose());
    }

    private static double Best(IOpenDevice device, Action action) => Enumerable.Range(0, Repetitions).Min(_ =>
    {
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        action();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });
}
