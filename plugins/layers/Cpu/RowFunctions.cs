using System.Runtime.Intrinsics;

namespace Tenon.Layers.Cpu;

/// <summary>Functions of one row of float32 numbers in memory.</summary>
internal static unsafe class RowFunctions
{
    private static readonly int Lanes = Vector256<float>.Count;

    /// <summary>0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), in place (Hendrycks and Gimpel 2016, equation 2).</summary>
    /// <param name="x">The row.</param>
    /// <param name="count">Its numbers.</param>
    public static void TanhGelu(float* x, int count)
    {
        int at = 0;
        for (; at <= count - Lanes; at += Lanes)
            Gelu(Vector256.Load(x + at)).Store(x + at);
        for (; at < count; at++)
            x[at] = Gelu(Vector256.Create(x[at]))[0];
    }

    /// <summary>(x − mean) / √(variance + epsilon) · weight + bias (Ba, Kiros and Hinton 2016).</summary>
    /// <param name="x">The row.</param>
    /// <param name="weight">As many numbers.</param>
    /// <param name="bias">As many numbers.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="to">Where the result goes.</param>
    /// <param name="count">Numbers of the row, a multiple of 8.</param>
    public static void LayerNorm(float* x, float* weight, float* bias, float epsilon, float* to, int count)
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

        Vector256<float> factor = Vector256.Create(1 / MathF.Sqrt(Vector256.Sum(squares) / count + epsilon));
        for (int at = 0; at < count; at += Lanes)
            ((Vector256.Load(x + at) - mean) * factor * Vector256.Load(weight + at) + Vector256.Load(bias + at)).Store(to + at);
    }

    // (1 + tanh u) / 2 = 1 / (1 + exp(−2u))
    private static Vector256<float> Gelu(Vector256<float> x)
    {
        Vector256<float> minusTwoU = x * (x * x * 0.044715f + Vector256<float>.One) * (-2 * 0.7978845608f);
        return x / (Vector256<float>.One + Vector256.Exp(minusTwoU));
    }
}
