using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>A tile of 6 × 16 values for CPUs with 256-bit vectors; it occupies 12 of the 16 registers.</summary>
internal readonly unsafe struct Avx2Tile : IProductTile
{
    private const int Lanes = 8;

    public static int Rows => 6;

    public static int Columns => 2 * Lanes;

    // Unrolled by hand, because the JIT keeps only local variables in registers. Letters are rows; digits are halves of the panel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* rows, float* panel, nint depth, float* start, nint startStride, float* result, nint stride)
    {
        Vector256<float> a0 = Vector256.Load(start), a1 = Vector256.Load(start + Lanes);
        start += startStride;
        Vector256<float> b0 = Vector256.Load(start), b1 = Vector256.Load(start + Lanes);
        start += startStride;
        Vector256<float> c0 = Vector256.Load(start), c1 = Vector256.Load(start + Lanes);
        start += startStride;
        Vector256<float> d0 = Vector256.Load(start), d1 = Vector256.Load(start + Lanes);
        start += startStride;
        Vector256<float> e0 = Vector256.Load(start), e1 = Vector256.Load(start + Lanes);
        start += startStride;
        Vector256<float> f0 = Vector256.Load(start), f1 = Vector256.Load(start + Lanes);
        for (nint i = 0; i < depth; i++, rows += Rows, panel += Columns)
        {
            Vector256<float> left = Vector256.Load(panel), right = Vector256.Load(panel + Lanes);
            Vector256<float> x = Vector256.Create(rows[0]);
            a0 = Vector256.MultiplyAddEstimate(x, left, a0);
            a1 = Vector256.MultiplyAddEstimate(x, right, a1);
            x = Vector256.Create(rows[1]);
            b0 = Vector256.MultiplyAddEstimate(x, left, b0);
            b1 = Vector256.MultiplyAddEstimate(x, right, b1);
            x = Vector256.Create(rows[2]);
            c0 = Vector256.MultiplyAddEstimate(x, left, c0);
            c1 = Vector256.MultiplyAddEstimate(x, right, c1);
            x = Vector256.Create(rows[3]);
            d0 = Vector256.MultiplyAddEstimate(x, left, d0);
            d1 = Vector256.MultiplyAddEstimate(x, right, d1);
            x = Vector256.Create(rows[4]);
            e0 = Vector256.MultiplyAddEstimate(x, left, e0);
            e1 = Vector256.MultiplyAddEstimate(x, right, e1);
            x = Vector256.Create(rows[5]);
            f0 = Vector256.MultiplyAddEstimate(x, left, f0);
            f1 = Vector256.MultiplyAddEstimate(x, right, f1);
        }

        a0.Store(result);
        a1.Store(result + Lanes);
        result += stride;
        b0.Store(result);
        b1.Store(result + Lanes);
        result += stride;
        c0.Store(result);
        c1.Store(result + Lanes);
        result += stride;
        d0.Store(result);
        d1.Store(result + Lanes);
        result += stride;
        e0.Store(result);
        e1.Store(result + Lanes);
        result += stride;
        f0.Store(result);
        f1.Store(result + Lanes);
    }
}
