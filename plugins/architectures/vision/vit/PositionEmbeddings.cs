namespace Tenon.Vit;

/// <summary>Learned positions of the class token and a grid of patches.</summary>
internal static class PositionEmbeddings
{
    /// <summary>
    /// Interpolates the positions for a grid of a different size in two dimensions, except that of the class token (Dosovitskiy
    /// et al. 2020, section 3.2). Uses torch's bicubic kernel and pixel centers, as transformers does.
    /// </summary>
    /// <param name="positions">float32 [1, 1 + side², E]. Not disposed.</param>
    /// <param name="rows">Patches from top to bottom.</param>
    /// <param name="columns">Patches from left to right.</param>
    /// <returns>float32 [1, 1 + rows · columns, E] in the current dispose scope; the same object if the size is the same.</returns>
    public static Tensor Resize(Tensor positions, long rows, long columns)
    {
        long side = (long)Math.Round(Math.Sqrt(positions.size(1) - 1));
        if (rows == side && columns == side)
            return positions;
        using DisposeScope scope = torch.NewDisposeScope();
        long size = positions.size(2);
        Tensor grid = positions.narrow(1, 1, side * side).reshape(1, side, side, size).permute(0, 3, 1, 2); // [1, E, side, side]
        // [1, E, side, side] -> [1, E, rows, columns]
        Tensor resized = F.interpolate(grid, [rows, columns], mode: torch.InterpolationMode.Bicubic, align_corners: false);
        Tensor patches = resized.permute(0, 2, 3, 1).reshape(1, rows * columns, size);
        return torch.cat([positions.narrow(1, 0, 1), patches], 1).MoveToOuterDisposeScope();
    }
}
