using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>A tile of 12 × 32 values for CPUs with 512-bit vectors; it occupies 24 of the 32 registers.</summary>
internal readonly unsafe struct Avx512Tile : IProductTile
{
    private const int Lanes = 16;

    public static int Rows => 12;

    public static int Columns => 2 * Lanes;

    // Unrolled by hand, because the JIT keeps only local variables in registers. Letters are rows; digits are halves of the panel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* rows, float* panel, nint depth, float* start, nint startStride, float* result, nint stride)
    {
        Vector512<float> a0 = Vector512.Load(start), a1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> b0 = Vector512.Load(start), b1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> c0 = Vector512.Load(start), c1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> d0 = Vector512.Load(start), d1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> e0 = Vector512.Load(start), e1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> f0 = Vector512.Load(start), f1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> g0 = Vector512.Load(start), g1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> h0 = Vector512.Load(start), h1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> i0 = Vector512.Load(start), i1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> j0 = Vector512.Load(start), j1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> k0 = Vector512.Load(start), k1 = Vector512.Load(start + Lanes);
        start += startStride;
        Vector512<float> l0 = Vector512.Load(start), l1 = Vector512.Load(start + Lanes);
        for (nint i = 0; i < depth; i++, rows += Rows, panel += Columns)
        {
            Vector512<float> left = Vector512.Load(panel), right = Vector512.Load(panel + Lanes);
            Vector512<float> x = Vector512.Create(rows[0]);
            a0 = Vector512.MultiplyAddEstimate(x, left, a0);
            a1 = Vector512.MultiplyAddEstimate(x, right, a1);
            x = Vector512.Create(rows[1]);
            b0 = Vector512.MultiplyAddEstimate(x, left, b0);
            b1 = Vector512.MultiplyAddEstimate(x, right, b1);
            x = Vector512.Create(rows[2]);
            c0 = Vector512.MultiplyAddEstimate(x, left, c0);
            c1 = Vector512.MultiplyAddEstimate(x, right, c1);
            x = Vector512.Create(rows[3]);
            d0 = Vector512.MultiplyAddEstimate(x, left, d0);
            d1 = Vector512.MultiplyAddEstimate(x, right, d1);
            x = Vector512.Create(rows[4]);
            e0 = Vector512.MultiplyAddEstimate(x, left, e0);
            e1 = Vector512.MultiplyAddEstimate(x, right, e1);
            x = Vector512.Create(rows[5]);
            f0 = Vector512.MultiplyAddEstimate(x, left, f0);
            f1 = Vector512.MultiplyAddEstimate(x, right, f1);
            x = Vector512.Create(rows[6]);
            g0 = Vector512.MultiplyAddEstimate(x, left, g0);
            g1 = Vector512.MultiplyAddEstimate(x, right, g1);
            x = Vector512.Create(rows[7]);
            h0 = Vector512.MultiplyAddEstimate(x, left, h0);
            h1 = Vector512.MultiplyAddEstimate(x, right, h1);
            x = Vector512.Create(rows[8]);
            i0 = Vector512.MultiplyAddEstimate(x, left, i0);
            i1 = Vector512.MultiplyAddEstimate(x, right, i1);
            x = Vector512.Create(rows[9]);
            j0 = Vector512.MultiplyAddEstimate(x, left, j0);
            j1 = Vector512.MultiplyAddEstimate(x, right, j1);
            x = Vector512.Create(rows[10]);
            k0 = Vector512.MultiplyAddEstimate(x, left, k0);
            k1 = Vector512.MultiplyAddEstimate(x, right, k1);
            x = Vector512.Create(rows[11]);
            l0 = Vector512.MultiplyAddEstimate(x, left, l0);
            l1 = Vector512.MultiplyAddEstimate(x, right, l1);
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
        result += stride;
        g0.Store(result);
        g1.Store(result + Lanes);
        result += stride;
        h0.Store(result);
        h1.Store(result + Lanes);
        result += stride;
        i0.Store(result);
        i1.Store(result + Lanes);
        result += stride;
        j0.Store(result);
        j1.Store(result + Lanes);
        result += stride;
        k0.Store(result);
        k1.Store(result + Lanes);
        result += stride;
        l0.Store(result);
        l1.Store(result + Lanes);
    }
}
