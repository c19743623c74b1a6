using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <content>
/// Nine to sixteen rows of the input: each lane of a vector belongs to one of them, so that a value of the weight is multiplied with
/// all of them at once, and a vector of the input with eight rows of the weight.
/// </content>
internal sealed unsafe partial record SkinnyMatrixProduct
{
    private const int Lanes = 16;
    private const int OutputsOfTile = 8;

    // A block of the weight is converted to float32 once and stays in the L1 cache.
    private const int InputsOfBlock = 128;

    private void RunManyRows<TFormat>(int threads, int rowsOfPart, int parts)
        where TFormat : struct, INumberFormat
    {
        using var memory = new Workspace(Inputs * Lanes);
        nint columns = memory.At(0); // float32 [inputs, 16]
        ProductPacking.Rows((float*)Input, Inputs, Rows, Inputs, (float*)columns, Lanes);
        WorkSharing.Do(
            threads, parts, part => ManyRows<TFormat>((float*)columns, part * rowsOfPart, Math.Min(Outputs, (part + 1) * rowsOfPart)));
    }

    private void ManyRows<TFormat>(float* columns, int first, int end)
        where TFormat : struct, INumberFormat
    {
        float* weights = stackalloc float[OutputsOfTile * InputsOfBlock];
        float* sums = stackalloc float[OutputsOfTile * Lanes];
        new Span<float>(weights, OutputsOfTile * InputsOfBlock).Clear();
        for (int output = first; output < end; output += OutputsOfTile)
        {
            int count = Math.Min(OutputsOfTile, end - output);
            new Span<float>(sums, OutputsOfTile * Lanes).Clear();
            for (int from = 0; from < Inputs; from += InputsOfBlock)
            {
                int depth = Math.Min(InputsOfBlock, Inputs - from);
                for (int i = 0; i < count; i++)
                    Convert<TFormat>(output + i, from, depth, weights + i * InputsOfBlock);
                if (Vector512.IsHardwareAccelerated)
                    Tile(columns + (nint)from * Lanes, weights, depth, sums);
                else
                    HalfTiles(columns + (nint)from * Lanes, weights, depth, sums);
            }

            Store(sums, output, count);
        }

        End(first, end);
    }

    // Prefetches the block after the next one: of the same row, or of the row that takes its place in the next tile.
    private void Convert<TFormat>(int output, int from, int depth, float* to)
        where TFormat : struct, INumberFormat
    {
        byte* row = (byte*)Weight + (nint)output * Inputs * TFormat.Size;
        nint later = from + 2 * InputsOfBlock;
        byte* next = row + (later < Inputs ? later : later + (nint)(OutputsOfTile - 1) * Inputs) * TFormat.Size;
        for (int line = 0; line < InputsOfBlock * TFormat.Size; line += CachePrefetch.BytesOfCacheLine)
            CachePrefetch.Line(next + line);
        int i = 0;
        for (; i <= depth - 8; i += 8)
            TFormat.Eight(row, from + i).Store(to + i);
        for (; i < depth; i++)
            to[i] = TFormat.One(row, from + i);
    }

    // Unrolled by hand, because the JIT keeps only local variables in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* x, float* weights, nint depth, float* sums)
    {
        Vector512<float> a = Vector512.Load(sums), b = Vector512.Load(sums + Lanes), c = Vector512.Load(sums + 2 * Lanes),
            d = Vector512.Load(sums + 3 * Lanes), e = Vector512.Load(sums + 4 * Lanes), f = Vector512.Load(sums + 5 * Lanes),
            g = Vector512.Load(sums + 6 * Lanes), h = Vector512.Load(sums + 7 * Lanes);
        for (nint i = 0; i < depth; i++, x += Lanes, weights++)
        {
            Vector512<float> rows = Vector512.Load(x);
            a = Vector512.MultiplyAddEstimate(Vector512.Create(weights[0]), rows, a);
            b = Vector512.MultiplyAddEstimate(Vector512.Create(weights[InputsOfBlock]), rows, b);
            c = Vector512.MultiplyAddEstimate(Vector512.Create(weights[2 * InputsOfBlock]), rows, c);
            d = Vector512.MultiplyAddEstimate(Vector512.Create(weights[3 * InputsOfBlock]), rows, d);
            e = Vector512.MultiplyAddEstimate(Vector512.Create(weights[4 * InputsOfBlock]), rows, e);
            f = Vector512.MultiplyAddEstimate(Vector512.Create(weights[5 * InputsOfBlock]), rows, f);
            g = Vector512.MultiplyAddEstimate(Vector512.Create(weights[6 * InputsOfBlock]), rows, g);
            h = Vector512.MultiplyAddEstimate(Vector512.Create(weights[7 * InputsOfBlock]), rows, h);
        }

        a.Store(sums);
        b.Store(sums + Lanes);
        c.Store(sums + 2 * Lanes);
        d.Store(sums + 3 * Lanes);
        e.Store(sums + 4 * Lanes);
        f.Store(sums + 5 * Lanes);
        g.Store(sums + 6 * Lanes);
        h.Store(sums + 7 * Lanes);
    }

    // Eight rows at a time, for CPUs with vectors of 256 bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HalfTiles(float* x, float* weights, nint depth, float* sums)
    {
        for (int half = 0; half < Lanes; half += Lanes / 2)
        {
            float* from = x + half, w = weights, to = sums + half;
            Vector256<float> a = Vector256.Load(to), b = Vector256.Load(to + Lanes), c = Vector256.Load(to + 2 * Lanes),
                d = Vector256.Load(to + 3 * Lanes), e = Vector256.Load(to + 4 * Lanes), f = Vector256.Load(to + 5 * Lanes),
                g = Vector256.Load(to + 6 * Lanes), h = Vector256.Load(to + 7 * Lanes);
            for (nint i = 0; i < depth; i++, from += Lanes, w++)
            {
                Vector256<float> rows = Vector256.Load(from);
                a = Vector256.MultiplyAddEstimate(Vector256.Create(w[0]), rows, a);
                b = Vector256.MultiplyAddEstimate(Vector256.Create(w[InputsOfBlock]), rows, b);
                c = Vector256.MultiplyAddEstimate(Vector256.Create(w[2 * InputsOfBlock]), rows, c);
                d = Vector256.MultiplyAddEstimate(Vector256.Create(w[3 * InputsOfBlock]), rows, d);
                e = Vector256.MultiplyAddEstimate(Vector256.Create(w[4 * InputsOfBlock]), rows, e);
                f = Vector256.MultiplyAddEstimate(Vector256.Create(w[5 * InputsOfBlock]), rows, f);
                g = Vector256.MultiplyAddEstimate(Vector256.Create(w[6 * InputsOfBlock]), rows, g);
                h = Vector256.MultiplyAddEstimate(Vector256.Create(w[7 * InputsOfBlock]), rows, h);
            }

            a.Store(to);
            b.Store(to + Lanes);
            c.Store(to + 2 * Lanes);
            d.Store(to + 3 * Lanes);
            e.Store(to + 4 * Lanes);
            f.Store(to + 5 * Lanes);
            g.Store(to + 6 * Lanes);
            h.Store(to + 7 * Lanes);
        }
    }

    // sums: float32 [8, 16], of which the first outputs and rows are stored.
    private void Store(float* sums, int output, int count)
    {
        for (int i = 0; i < count; i++)
        {
            float scale = Scales == 0 ? 1 : ((float*)Scales)[output + i];
            float offset = Bias == 0 ? 0 : ((float*)Bias)[output + i];
            for (int row = 0; row < Rows; row++)
                Put((float*)Result + (nint)row * Outputs + output + i, sums[i * Lanes + row] * scale + offset);
        }
    }
}
