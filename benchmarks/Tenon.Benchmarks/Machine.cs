using System.Diagnostics;
using Tenon.Host.Native;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>What the machine can do at best, to compare with.</summary>
internal static class Machine
{
    private const int Tries = 12;

    /// <summary>Measures.</summary>
    /// <param name="what"><c>fp32</c> or <c>bf16</c>: operations a second of a matrix product; <c>copy</c>: bytes read and written a second.</param>
    /// <param name="threads">Threads of torch.</param>
    public static double Measure(string what, int threads)
    {
        Case.Prepare(threads);
        return what == "copy" ? CopyBandwidth() : ProductPeak(what);
    }

    /// <summary>Bytes read and written a second by a copy of 256 MB, the best of several.</summary>
    public static double CopyBandwidth()
    {
        const long Numbers = 64L << 20;
        using Tensor from = ones([Numbers], ScalarType.Float32);
        using Tensor to = zeros([Numbers], ScalarType.Float32);
        return 2 * Numbers * sizeof(float) / Best(() => to.copy_(from));
    }

    private static double ProductPeak(string precision)
    {
        const long Size = 2048;
        if (precision == "fp32")
            ComputeTuning.OneDnnMatrixProducts(); // as the host does for a processor in fp32
        using Tensor drawn = randn([Size, Size]);
        using Tensor left = drawn.to(precision == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32);
        return 2.0 * Size * Size * Size / Best(() => left.mm(left).Dispose());
    }

    private static double Best(Action action) => Enumerable.Range(0, Tries).Min(_ =>
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });
}
