using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>
/// x·Wᵀ + b for many rows on the CPU, a compute-bound product. libtorch calls MKL for it, which takes a slow code path on CPUs
/// not made by Intel. Both operands are copied block by block into the order in which the inner loop reads them (Goto and van de
/// Geijn 2008, "Anatomy of high-performance matrix multiplication"). The copies take a few percent of the product's time and
/// stay in the caches. They are made for each product, so they are never out of date. Each result is summed in a fixed order, so
/// it does not depend on the number of threads.
/// </summary>
/// <param name="Input">float32 [rows, inputs].</param>
/// <param name="Weight">[outputs, inputs] in its format.</param>
/// <param name="Scales">float32 [outputs], the factors of the weight's rows, or 0 if there are none.</param>
/// <param name="Bias">float32 [outputs], or 0 if there is none.</param>
/// <param name="Result">float32 [rows, outputs], written.</param>
/// <param name="Rows">Rows of the input.</param>
/// <param name="Inputs">Values in one row of the input.</param>
/// <param name="Outputs">Values in one row of the result.</param>
internal sealed unsafe record PanelMatrixProduct(
    nint Input, nint Weight, nint Scales, nint Bias, nint Result, int Rows, int Inputs, int Outputs)
{
    // Chosen so that the rows of a tile fit in the L1 cache, the panels of a part in L2, and all packed rows in L3.
    private const int MaxDepth = 512;
    private const int FloatsPerPart = 96 << 10;
    private const int RowsPerBlock = 1536; // a multiple of every tile's rows

    /// <summary>Whether the CPU has the required instructions.</summary>
    public static bool IsSupported => Avx512F.IsSupported || (Avx2.IsSupported && Fma.IsSupported);

    /// <summary>Whether the product is faster than libtorch's: MKL is fast only on Intel's CPUs.</summary>
    public static bool IsFast { get; } = IsSupported && !IsIntel();

    /// <summary>Whether the weight is stored as [inputs, outputs]. Only supported in float32 and without scales.</summary>
    public bool IsTransposed { get; init; }

    /// <summary>Computes the product.</summary>
    /// <typeparam name="TFormat">The format of the weight.</typeparam>
    /// <param name="threads">Maximum number of threads.</param>
    public void Run<TFormat>(int threads)
        where TFormat : struct, INumberFormat
    {
        if (Avx512F.IsSupported)
            Run<Avx512Tile, TFormat>(threads);
        else
            Run<Avx2Tile, TFormat>(threads);
    }

    /// <summary>Computes the product with a given tile.</summary>
    /// <typeparam name="TTile">The tile.</typeparam>
    /// <typeparam name="TFormat">The format of the weight.</typeparam>
    /// <param name="threads">Maximum number of threads.</param>
    public void Run<TTile, TFormat>(int threads)
        where TTile : struct, IProductTile
        where TFormat : struct, INumberFormat
    {
        int depthOfBlock = Divided(Inputs, Divided(Inputs, MaxDepth));
        int panels = Divided(Outputs, TTile.Columns);
        int panelsOfPart = Math.Clamp(panels / (2 * threads), 1, FloatsPerPart / (depthOfBlock * TTile.Columns));
        using var memory = new Workspace(Divided(Math.Min(Rows, RowsPerBlock), TTile.Rows) * TTile.Rows * depthOfBlock);
        for (int row = 0; row < Rows; row += RowsPerBlock)
        {
            int rows = Math.Min(RowsPerBlock, Rows - row);
            for (int from = 0; from < Inputs; from += depthOfBlock)
            {
                var block = new Block(row, rows, from, Math.Min(depthOfBlock, Inputs - from), memory.At(0));
                const int groupsOfPart = 8;
                int groups = Divided(rows, TTile.Rows);
                WorkSharing.DoRanges(threads, groups, groupsOfPart, (first, end) => PackRows<TTile>(block, first, end));
                WorkSharing.DoRanges(threads, panels, panelsOfPart, (first, end) => Part<TTile, TFormat>(block, first, end));
            }
        }
    }

    private void PackRows<TTile>(Block block, int first, int end)
        where TTile : struct, IProductTile
    {
        for (int group = first; group < end; group++)
        {
            int row = group * TTile.Rows;
            ProductPacking.Rows(
                (float*)Input + (nint)(block.FirstRow + row) * Inputs + block.FirstInput, Inputs, Math.Min(TTile.Rows, block.Rows - row),
                block.Depth, (float*)block.Packed + (nint)row * block.Depth, TTile.Rows);
        }
    }

    private void Part<TTile, TFormat>(Block block, int firstPanel, int endPanel)
        where TTile : struct, IProductTile
        where TFormat : struct, INumberFormat
    {
        int size = block.Depth * TTile.Columns, count = endPanel - firstPanel;
        using var memory = new Workspace(count * (size + TTile.Columns) + TTile.Rows * TTile.Columns);
        float* weights = (float*)memory.At(0), starts = weights + count * size, edge = starts + count * TTile.Columns;
        for (int panel = 0; panel < count; panel++)
        {
            int column = (firstPanel + panel) * TTile.Columns;
            PackPanel<TFormat>(block, column, weights + panel * size, starts + panel * TTile.Columns, TTile.Columns);
        }

        for (int row = 0; row < block.Rows; row += TTile.Rows)
        {
            for (int panel = 0; panel < count; panel++)
            {
                Tile<TTile>(
                    block, row, (firstPanel + panel) * TTile.Columns, weights + panel * size, starts + panel * TTile.Columns, edge);
            }
        }
    }

    // Packs a panel, and the values that its columns start from in the first block of inputs: the bias, or zeros.
    private void PackPanel<TFormat>(Block block, int column, float* to, float* starts, int width)
        where TFormat : struct, INumberFormat
    {
        int count = Math.Min(width, Outputs - column);
        if (IsTransposed)
        {
            ProductPacking.Columns(
                (float*)Weight + (nint)block.FirstInput * Outputs + column, Outputs, count, block.Depth, to, width);
        }
        else
        {
            ProductPacking.Transposed<TFormat>(
                (byte*)Weight + ((nint)column * Inputs + block.FirstInput) * TFormat.Size, Inputs,
                Scales == 0 ? null : (float*)Scales + column, count, block.Depth, to, width);
        }

        new Span<float>(starts, width).Clear();
        if (Bias != 0)
            new ReadOnlySpan<float>((float*)Bias + column, count).CopyTo(new Span<float>(starts, width));
    }

    // At the edges, a tile is computed in a separate buffer, because it would extend beyond the result.
    private void Tile<TTile>(Block block, int row, int column, float* weights, float* start, float* edge)
        where TTile : struct, IProductTile
    {
        int height = Math.Min(TTile.Rows, block.Rows - row), width = Math.Min(TTile.Columns, Outputs - column);
        float* rows = (float*)block.Packed + (nint)row * block.Depth;
        float* result = (float*)Result + (nint)(block.FirstRow + row) * Outputs + column;
        bool isFirst = block.FirstInput == 0;
        if (height == TTile.Rows && width == TTile.Columns)
        {
            TTile.Multiply(rows, weights, block.Depth, isFirst ? start : result, isFirst ? 0 : Outputs, result, Outputs);
            return;
        }

        for (int i = 0; i < height && !isFirst; i++)
            new ReadOnlySpan<float>(result + (nint)i * Outputs, width).CopyTo(new Span<float>(edge + i * TTile.Columns, width));
        TTile.Multiply(rows, weights, block.Depth, isFirst ? start : edge, isFirst ? 0 : TTile.Columns, edge, TTile.Columns);
        for (int i = 0; i < height; i++)
            new ReadOnlySpan<float>(edge + i * TTile.Columns, width).CopyTo(new Span<float>(result + (nint)i * Outputs, width));
    }

    private static int Divided(int count, int size) => (count + size - 1) / size;

    private static bool IsIntel()
    {
        (_, int first, int last, int middle) = X86Base.CpuId(0, 0);
        Span<int> name = [first, middle, last];
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes(name).SequenceEqual("GenuineIntel"u8);
    }

    // Packed is float32 [groups, depth, rows of a tile].
    private sealed record Block(int FirstRow, int Rows, int FirstInput, int Depth, nint Packed);
}
