using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>How a product stores its sums.</summary>
internal enum ProductEnding
{
    /// <summary>Stores them as the result.</summary>
    Write,

    /// <summary>Adds them to the previous contents of the result.</summary>
    Add,

    /// <summary>Stores their <see cref="RowFunctions.TanhGelu"/> as the result.</summary>
    TanhGelu,
}

/// <summary>
/// x·Wᵀ + b for a few rows on the CPU, limited by the bandwidth of reading W: each weight is read once in its packed format and
/// multiplied in float32. Each result is one sum in a fixed order, so it does not depend on the number of threads.
/// </summary>
/// <param name="Input">float32 [rows, inputs].</param>
/// <param name="Weight">[outputs, inputs] in the packed format.</param>
/// <param name="Scales">float32 [outputs], factors of the sums; or null.</param>
/// <param name="Bias">float32 [outputs], added after scaling; or null.</param>
/// <param name="Result">float32 [rows, outputs], written.</param>
/// <param name="Rows">Rows of the input, at most <see cref="MaxRows"/>.</param>
/// <param name="Inputs">Values in one row of the input.</param>
/// <param name="Outputs">Values in one row of the result.</param>
/// <param name="Ending">How the sums are stored.</param>
internal sealed unsafe partial record SkinnyMatrixProduct(
    nint Input, nint Weight, nint Scales, nint Bias, nint Result, int Rows, int Inputs, int Outputs, ProductEnding Ending)
{
    // Memory is read fastest in long stretches, but no thread shall wait long for the last part.
    private const int LeastBytesOfPart = 1 << 16, MostBytesOfPart = 1 << 18, PartsOfThread = 8;

    // The CPU's own prefetcher does not cross memory pages, and a row of weights is shorter than a page.
    private const int BytesAhead = 1 << 12;
    private const int FetchedAtOnce = 64; // weights: whole cache lines in each format

    // Up to so many rows, a sum for each row is faster than vectors whose lanes are rows, some of which would be empty.
    private const int MaxRowsWithOwnSums = 8;

    /// <summary>The largest number of rows.</summary>
    public const int MaxRows = Lanes;

    /// <summary>Computes the product.</summary>
    /// <typeparam name="TFormat">The format of the weight.</typeparam>
    /// <param name="threads">Maximum number of threads.</param>
    public void Run<TFormat>(int threads)
        where TFormat : struct, INumberFormat
    {
        int bytesOfRow = Inputs * TFormat.Size;
        int bytesOfPart = (int)Math.Clamp((long)Outputs * bytesOfRow / (PartsOfThread * threads), LeastBytesOfPart, MostBytesOfPart);
        int rowsOfPart = Math.Max(1, bytesOfPart / bytesOfRow);
        int parts = (Outputs + rowsOfPart - 1) / rowsOfPart;
        if (Rows > MaxRowsWithOwnSums && Avx2.IsSupported)
            RunManyRows<TFormat>(threads, rowsOfPart, parts);
        else
            WorkSharing.Do(threads, parts, part => Part<TFormat>(part * rowsOfPart, Math.Min(Outputs, (part + 1) * rowsOfPart)));
    }

    private void Part<TFormat>(int first, int end)
        where TFormat : struct, INumberFormat
    {
        float* input = (float*)Input, result = (float*)Result, scales = (float*)Scales, bias = (float*)Bias;
        for (int output = first; output < end; output++)
        {
            byte* weights = (byte*)Weight + (nint)output * Inputs * TFormat.Size;
            float scale = scales is null ? 1 : scales[output];
            float offset = bias is null ? 0 : bias[output];
            int row = 0;
            for (; row + 4 <= Rows; row += 4)
            {
                Vector128<float> sums = Four<TFormat>(weights, input + (nint)row * Inputs, Inputs);
                for (int i = 0; i < 4; i++)
                    Put(result + (nint)(row + i) * Outputs + output, sums[i] * scale + offset);
            }

            for (; row < Rows; row++)
                Put(result + (nint)row * Outputs + output, One<TFormat>(weights, input + (nint)row * Inputs, Inputs) * scale + offset);
        }

        End(first, end);
    }

    private void End(int first, int end)
    {
        for (int row = 0; row < Rows && Ending == ProductEnding.TanhGelu; row++)
            RowFunctions.TanhGelu((float*)Result + (nint)row * Outputs + first, end - first);
    }

    private void Put(float* to, float value) => *to = Ending == ProductEnding.Add ? *to + value : value;

    // Several sums at a time, because each multiply-add waits for the previous one of the same sum. Vectors have 256 bits: longer
    // ones would not make memory faster, and CPUs without them would emulate them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float One<TFormat>(byte* weights, float* x, nint length)
        where TFormat : struct, INumberFormat
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        nint i = 0;
        for (; i <= length - 64; i += 64)
        {
            Fetch<TFormat>(weights, i);
            a = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i), Vector256.Load(x + i), a);
            b = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i + 8), Vector256.Load(x + i + 8), b);
            c = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i + 16), Vector256.Load(x + i + 16), c);
            d = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i + 24), Vector256.Load(x + i + 24), d);
            e = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i + 32), Vector256.Load(x + i + 32), e);
            f = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i + 40), Vector256.Load(x + i + 40), f);
            g = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i + 48), Vector256.Load(x + i + 48), g);
            h = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i + 56), Vector256.Load(x + i + 56), h);
        }

        for (; i <= length - 8; i += 8)
            a = Vector256.MultiplyAddEstimate(TFormat.Eight(weights, i), Vector256.Load(x + i), a);
        float sum = Vector256.Sum(a + b + (c + d) + (e + f + (g + h)));
        for (; i < length; i++)
            sum += TFormat.One(weights, i) * x[i];
        return sum;
    }

    // Four rows of the input share weights that are converted to float32 once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<float> Four<TFormat>(byte* weights, float* x, nint length)
        where TFormat : struct, INumberFormat
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        nint i = 0;
        for (; i <= length - 16; i += 16)
        {
            if (i % FetchedAtOnce == 0)
                Fetch<TFormat>(weights, i);
            Vector256<float> w = TFormat.Eight(weights, i), v = TFormat.Eight(weights, i + 8);
            a = Vector256.MultiplyAddEstimate(w, Vector256.Load(x + i), a);
            b = Vector256.MultiplyAddEstimate(w, Vector256.Load(x + length + i), b);
            c = Vector256.MultiplyAddEstimate(w, Vector256.Load(x + 2 * length + i), c);
            d = Vector256.MultiplyAddEstimate(w, Vector256.Load(x + 3 * length + i), d);
            e = Vector256.MultiplyAddEstimate(v, Vector256.Load(x + i + 8), e);
            f = Vector256.MultiplyAddEstimate(v, Vector256.Load(x + length + i + 8), f);
            g = Vector256.MultiplyAddEstimate(v, Vector256.Load(x + 2 * length + i + 8), g);
            h = Vector256.MultiplyAddEstimate(v, Vector256.Load(x + 3 * length + i + 8), h);
        }

        Vector128<float> sums = Vector128.Create(Vector256.Sum(a + e), Vector256.Sum(b + f), Vector256.Sum(c + g), Vector256.Sum(d + h));
        for (; i < length; i++)
            sums += TFormat.One(weights, i) * Vector128.Create(x[i], x[length + i], x[2 * length + i], x[3 * length + i]);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<TFormat>(byte* weights, nint at)
        where TFormat : struct, INumberFormat
    {
        for (int line = 0; line < FetchedAtOnce * TFormat.Size / CachePrefetch.BytesOfCacheLine; line++)
            CachePrefetch.Line(weights + at * TFormat.Size + line * CachePrefetch.BytesOfCacheLine + BytesAhead);
    }
}
