using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>
/// Copies operands of a matrix product into the order in which <see cref="IProductTile"/> reads them. Requires AVX2.
/// </summary>
internal static unsafe class ProductPacking
{
    private const int Lanes = 8;

    /// <summary>Packs rows of the left operand: [count, depth] -> [depth, height], with zeros for the missing rows.</summary>
    /// <param name="from">The first value of the first row.</param>
    /// <param name="stride">Values from one row to the next.</param>
    /// <param name="count">Number of rows, up to <paramref name="height"/>.</param>
    /// <param name="depth">Values of each row.</param>
    /// <param name="to">Receives the packed values.</param>
    /// <param name="height">Rows of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* from, nint stride, int count, int depth, float* to, int height)
    {
        int row = 0;
        for (; row + 4 <= count; row += 4)
            FourRows(from + row * stride, stride, depth, to + row, height);
        for (; row < height; row++)
        {
            float* source = from + row * stride, target = to + row;
            for (nint i = 0; i < depth; i++, target += height)
                *target = row < count ? source[i] : 0;
        }
    }

    /// <summary>
    /// Packs rows of a weight as columns of the right operand: [count, depth] -> [depth, width], with zeros for the missing
    /// columns.
    /// </summary>
    /// <typeparam name="TFormat">Format of the weight.</typeparam>
    /// <param name="from">The first value of the first row.</param>
    /// <param name="stride">Values from one row to the next.</param>
    /// <param name="scales">A factor for each row, or null for none.</param>
    /// <param name="count">Number of rows, up to <paramref name="width"/>.</param>
    /// <param name="depth">Values of each row.</param>
    /// <param name="to">Receives the packed values.</param>
    /// <param name="width">Columns of the tile, a multiple of 8.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transposed<TFormat>(byte* from, nint stride, float* scales, int count, int depth, float* to, int width)
        where TFormat : struct, INumberFormat
    {
        int column = 0;
        for (; column + Lanes <= count; column += Lanes)
        {
            byte* source = from + column * stride * TFormat.Size;
            EightColumns<TFormat>(source, stride, scales is null ? null : scales + column, depth, to + column, width);
        }

        for (; column < width; column++)
        {
            float factor = column >= count ? 0 : scales is null ? 1 : scales[column];
            OneColumn<TFormat>(from + column * stride * TFormat.Size, factor, 0, depth, to + column, width);
        }
    }

    /// <summary>Packs columns of the right operand: [depth, count] -> [depth, width], with zeros for the missing columns.</summary>
    /// <param name="from">The first value of the first row.</param>
    /// <param name="stride">Values from one row to the next.</param>
    /// <param name="count">Number of columns, up to <paramref name="width"/>.</param>
    /// <param name="depth">Number of rows.</param>
    /// <param name="to">Receives the packed values.</param>
    /// <param name="width">Columns of the tile.</param>
    public static void Columns(float* from, nint stride, int count, int depth, float* to, int width)
    {
        for (nint i = 0; i < depth; i++, to += width)
        {
            new ReadOnlySpan<float>(from + i * stride, count).CopyTo(new Span<float>(to, count));
            new Span<float>(to + count, width - count).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(float* from, nint stride, int depth, float* to, int height)
    {
        float* second = from + stride, third = second + stride, fourth = third + stride;
        nint i = 0;
        for (; i <= depth - Lanes; i += Lanes)
        {
            Vector256<float> a = Vector256.Load(from + i), b = Vector256.Load(second + i),
                c = Vector256.Load(third + i), d = Vector256.Load(fourth + i);
            // AVX unpacks within 128-bit halves, so each half is transposed separately; the lower halves hold the first four columns.
            Vector256<double> ab = Avx.UnpackLow(a, b).AsDouble(), cd = Avx.UnpackLow(c, d).AsDouble();
            Vector256<double> abHigh = Avx.UnpackHigh(a, b).AsDouble(), cdHigh = Avx.UnpackHigh(c, d).AsDouble();
            Vector256<float> first = Avx.UnpackLow(ab, cd).AsSingle(), next = Avx.UnpackHigh(ab, cd).AsSingle(),
                afterNext = Avx.UnpackLow(abHigh, cdHigh).AsSingle(), last = Avx.UnpackHigh(abHigh, cdHigh).AsSingle();
            float* target = to + i * height;
            first.GetLower().Store(target);
            next.GetLower().Store(target + height);
            afterNext.GetLower().Store(target + 2 * height);
            last.GetLower().Store(target + 3 * height);
            target += 4 * height;
            first.GetUpper().Store(target);
            next.GetUpper().Store(target + height);
            afterNext.GetUpper().Store(target + 2 * height);
            last.GetUpper().Store(target + 3 * height);
        }

        for (; i < depth; i++)
            Vector128.Create(from[i], second[i], third[i], fourth[i]).Store(to + i * height);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightColumns<TFormat>(byte* from, nint stride, float* scales, int depth, float* to, int width)
        where TFormat : struct, INumberFormat
    {
        nint bytes = stride * TFormat.Size;
        Vector256<float> factors = scales is null ? Vector256<float>.One : Vector256.Load(scales);
        nint i = 0;
        for (; i <= depth - Lanes; i += Lanes)
        {
            Vector256<float> a = TFormat.Eight(from, i), b = TFormat.Eight(from + bytes, i),
                c = TFormat.Eight(from + 2 * bytes, i), d = TFormat.Eight(from + 3 * bytes, i),
                e = TFormat.Eight(from + 4 * bytes, i), f = TFormat.Eight(from + 5 * bytes, i),
                g = TFormat.Eight(from + 6 * bytes, i), h = TFormat.Eight(from + 7 * bytes, i);
            float* target = to + i * width;
            Quarter(Avx.UnpackLow(a, b), Avx.UnpackLow(c, d), Avx.UnpackLow(e, f), Avx.UnpackLow(g, h), factors, target, width);
            Quarter(
                Avx.UnpackHigh(a, b), Avx.UnpackHigh(c, d), Avx.UnpackHigh(e, f), Avx.UnpackHigh(g, h), factors, target + 2 * width, width);
        }

        for (int column = 0; column < Lanes && i < depth; column++)
            OneColumn<TFormat>(from + column * bytes, scales is null ? 1 : scales[column], i, depth, to + column, width);
    }

    // Stores four of the eight columns: the lower halves hold columns n and n + 1, the upper halves n + 4 and n + 5.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(
        Vector256<float> ab, Vector256<float> cd, Vector256<float> ef, Vector256<float> gh, Vector256<float> factors, float* to, int width)
    {
        Vector256<float> abcd = Avx.UnpackLow(ab.AsDouble(), cd.AsDouble()).AsSingle();
        Vector256<float> next = Avx.UnpackHigh(ab.AsDouble(), cd.AsDouble()).AsSingle();
        Vector256<float> efgh = Avx.UnpackLow(ef.AsDouble(), gh.AsDouble()).AsSingle();
        Vector256<float> last = Avx.UnpackHigh(ef.AsDouble(), gh.AsDouble()).AsSingle();
        (Vector256.Create(abcd.GetLower(), efgh.GetLower()) * factors).Store(to);
        (Vector256.Create(next.GetLower(), last.GetLower()) * factors).Store(to + width);
        (Vector256.Create(abcd.GetUpper(), efgh.GetUpper()) * factors).Store(to + 4 * width);
        (Vector256.Create(next.GetUpper(), last.GetUpper()) * factors).Store(to + 5 * width);
    }

    // A factor of 0 marks a column beyond the end of the weight, whose values must not be read.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneColumn<TFormat>(byte* from, float factor, nint first, int depth, float* to, int width)
        where TFormat : struct, INumberFormat
    {
        for (nint i = first; i < depth; i++)
            to[i * width] = factor == 0 ? 0 : TFormat.One(from, i) * factor;
    }
}
