namespace Tenon.Swin;

/// <summary>Positions of a window's tokens relative to each other (Liu et al. 2021, section 3.2).</summary>
internal static class RelativePositions
{
    /// <summary>The row of the bias table for each pair of tokens in a window.</summary>
    /// <param name="window">Height and width of the window, W ≤ M.</param>
    /// <param name="largest">Height and width for which the table was created, M: it has (2M − 1)² rows.</param>
    /// <param name="device">Device of the index.</param>
    /// <returns>int64 [W², W²] in the current dispose scope.</returns>
    public static Tensor Index(int window, int largest, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor at = torch.arange(window, torch.ScalarType.Int64, device);
        Tensor rows = at.repeat_interleave(window); // [W²]
        Tensor columns = at.repeat(window);
        Tensor down = rows.unsqueeze(1) - rows.unsqueeze(0) + (largest - 1); // [W², W²], in 0 … 2M − 2
        Tensor right = columns.unsqueeze(1) - columns.unsqueeze(0) + (largest - 1);
        return (down * (2 * largest - 1) + right).MoveToOuterDisposeScope();
    }

    /// <summary>Interpolates a bias table for a different window size with torch's bicubic kernel.</summary>
    /// <param name="table">float32 [(2M − 1)², H]. Not disposed.</param>
    /// <param name="rows">Requested number of rows.</param>
    /// <returns>float32 [rows, H] in the current dispose scope; null if a number of rows is not an odd square.</returns>
    public static Tensor? Resize(Tensor table, long rows)
    {
        (long from, long to) = (Side(table.size(0)), Side(rows));
        if (from == 0 || to == 0)
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor grid = table.t().reshape(1, table.size(1), from, from); // [(2M − 1)², H] -> [1, H, 2M − 1, 2M − 1]
        Tensor resized = F.interpolate(grid, [to, to], mode: torch.InterpolationMode.Bicubic, align_corners: false);
        return resized.reshape(table.size(1), rows).t().contiguous().MoveToOuterDisposeScope();
    }

    private static long Side(long rows)
    {
        long side = (long)Math.Round(Math.Sqrt(rows));
        return side * side == rows && side % 2 == 1 ? side : 0;
    }
}
