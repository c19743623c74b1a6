using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>Functions of rows of float32 values in memory.</summary>
internal static unsafe class RowFunctions
{
    // The logarithm of the smallest normal number, rounded up.
    private const float Least = -87;

    /// <summary>Values that are processed at a time.</summary>
    public static int Lanes => Vector256<float>.Count;

    /// <summary>Computes 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), in place (Hendrycks and Gimpel 2016, equation 2).</summary>
    /// <param name="x">The row.</param>
    /// <param name="count">Number of values.</param>
    public static void TanhGelu(float* x, int count)
    {
        int at = 0;
        for (; at <= count - Lanes; at += Lanes)
            Gelu(Vector256.Load(x + at)).Store(x + at);
        for (; at < count; at++)
            x[at] = Gelu(Vector256.Create(x[at]))[0];
    }

    /// <summary>Normalizes rows, (x − mean) / √(variance + ε) · weight + bias (layer normalization; Ba, Kiros and Hinton 2016).</summary>
    /// <param name="input">float32 [rows, E].</param>
    /// <param name="weight">float32 [E].</param>
    /// <param name="bias">float32 [E].</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="result">float32 [rows, E], written.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="size">E, a multiple of 8.</param>
    public static void LayerNorm(nint input, nint weight, nint bias, float epsilon, nint result, int rows, int size)
    {
        for (int row = 0; row < rows; row++)
        {
            nint at = (nint)row * size;
            LayerNorm((float*)input + at, (float*)weight, (float*)bias, epsilon, (float*)result + at, size);
        }
    }

    private static void LayerNorm(float* x, float* weight, float* bias, float epsilon, float* to, int count)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int at = 0; at < count; at += Lanes)
            sum += Vector256.Load(x + at);
        Vector256<float> mean = Vector256.Create(Vector256.Sum(sum) / count);
        Vector256<float> squares = Vector256<float>.Zero;
        for (int at = 0; at < count; at += Lanes)
        {
            Vector256<float> distance = Vector256.Load(x + at) - mean;
            squares += distance * distance;
        }

        Vector256<float> rstd = Vector256.Create(1 / MathF.Sqrt(Vector256.Sum(squares) / count + epsilon));
        for (int at = 0; at < count; at += Lanes)
            ((Vector256.Load(x + at) - mean) * rstd * Vector256.Load(weight + at) + Vector256.Load(bias + at)).Store(to + at);
    }

    /// <summary>Computes exp(x − max x), in place.</summary>
    /// <param name="x">The row.</param>
    /// <param name="count">Number of values.</param>
    /// <returns>The sum of the results.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentials(float* x, int count)
    {
        Vector256<float> most = Vector256.Create(float.NegativeInfinity);
        int at = 0;
        for (; at <= count - Lanes; at += Lanes)
            most = Vector256.Max(most, Vector256.Load(x + at));
        Vector128<float> four = Vector128.Max(most.GetLower(), most.GetUpper());
        float largest = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
        for (; at < count; at++)
            largest = Math.Max(largest, x[at]);

        Vector256<float> sums = Vector256<float>.Zero;
        for (at = 0; at <= count - Lanes; at += Lanes)
        {
            Vector256<float> power = Exp(Vector256.Load(x + at) - Vector256.Create(largest));
            power.Store(x + at);
            sums += power;
        }

        float sum = Vector256.Sum(sums);
        for (; at < count; at++)
            sum += x[at] = MathF.Exp(x[at] - largest);
        return sum;
    }

    /// <summary>
    /// Computes eˣ with a relative error below 1e-7; 0 where it is below the smallest normal number. .NET's own function computes in
    /// float64 and is not inlined, so it takes ten times as long.
    /// </summary>
    /// <param name="x">Up to 88.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x) =>
        Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(Least)), Vector256<float>.Zero, Power(x));

    // eˣ = 2ⁿ·eʳ with r in ±ln 2 / 2; eʳ is the minimax polynomial of its degree.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Power(Vector256<float> x)
    {
        // A number this large has no fractional bits, so its lowest bits are n.
        const float NoFraction = 1.5f * (1 << 23);
        Vector256<float> shifted = Vector256.MultiplyAddEstimate(x, Vector256.Create(1.44269504f), Vector256.Create(NoFraction));
        Vector256<float> n = shifted - Vector256.Create(NoFraction);
        // ln 2 in two parts, the first of which has few bits: its product with n is exact.
        Vector256<float> r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-0.693359375f), x);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(2.12194440e-4f), r);
        Vector256<float> series = Next(Vector256.Create(0.001381459878757596f), r, 0.008368716575205326f);
        series = Next(Next(series, r, 0.04166838899254799f), r, 0.1666652113199234f);
        series = Next(Next(Next(series, r, 0.4999999403953552f), r, 1), r, 1);
        return (series.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Next(Vector256<float> series, Vector256<float> x, float coefficient) =>
        Vector256.MultiplyAddEstimate(series, x, Vector256.Create(coefficient));

    /// <summary>Computes σ(x) = 1 / (1 + e⁻ˣ).</summary>
    /// <param name="x">Any numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x)
    {
        Vector256<float> inRange = Vector256.MinNative(Vector256.MaxNative(-x, Vector256.Create(Least)), Vector256.Create(-Least));
        return Vector256<float>.One / (Vector256<float>.One + Power(inRange));
    }

    // (1 + tanh u) / 2 = σ(2u)
    private static Vector256<float> Gelu(Vector256<float> x) =>
        x * Sigmoid(x * (x * x * 0.044715f + Vector256<float>.One) * (2 * 0.7978845608f));
}
