namespace Tenon.Swin;

/// <summary>
/// Divides a grid of patches into windows. B: batch, H, W: patches from top to bottom and from left to right, M: height and width
/// of a window,
/// C: channels, K: windows of an image.
/// </summary>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Side">M.</param>
/// <param name="Shift">Number of patches by which the grid is rolled up and to the left before it is divided; 0 for none.</param>
/// <param name="IsMasked">Whether patches that only the roll made adjacent are masked from each other.</param>
internal sealed record Windows(int Height, int Width, int Side, int Shift, bool IsMasked = true)
{
    // Added to the scores between regions that only the roll made adjacent; finite, as in the reference.
    private const double MaskedScore = -100;
    private static readonly long[] _gridDimensions = [1, 2];

    private int PaddedHeight => (Height + Side - 1) / Side * Side;

    private int PaddedWidth => (Width + Side - 1) / Side * Side;

    /// <summary>
    /// The windows of a layer. A grid that is not larger than the window is one window, which is not shifted.
    /// </summary>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="largest">Height and width of a window in the options.</param>
    /// <param name="shifted">Whether the layer shifts by half a window.</param>
    public static Windows Of(int height, int width, int largest, bool shifted)
    {
        int shortest = Math.Min(height, width);
        return shortest <= largest
            ? new Windows(height, width, shortest, 0)
            : new Windows(height, width, largest, shifted ? largest / 2 : 0);
    }

    /// <summary>[B, H·W, C] -> [B·K, M², C], padded with zeros at the bottom and on the right, and rolled.</summary>
    /// <param name="x">Not disposed.</param>
    /// <returns>A tensor in the current dispose scope.</returns>
    public Tensor Cut(Tensor x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor grid = x.reshape(x.size(0), Height, Width, x.size(2));
        if (PaddedHeight != Height || PaddedWidth != Width)
            grid = F.pad(grid, [0, 0, 0, PaddedWidth - Width, 0, PaddedHeight - Height]);
        if (Shift > 0)
            grid = grid.roll((long[])[-Shift, -Shift], _gridDimensions);
        // [B, H / M, M, W / M, M, C] -> [B, H / M, W / M, M, M, C] -> [B·K, M², C]
        return grid.reshape(x.size(0), PaddedHeight / Side, Side, PaddedWidth / Side, Side, x.size(2))
            .transpose(2, 3).reshape(-1, Side * Side, x.size(2)).MoveToOuterDisposeScope();
    }

    /// <summary>[B·K, M², C] -> [B, H·W, C]: undoes <see cref="Cut"/>.</summary>
    /// <param name="windows">Not disposed.</param>
    /// <returns>A tensor in the current dispose scope.</returns>
    public Tensor Join(Tensor windows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long channels = windows.size(2);
        Tensor grid = windows.reshape(-1, PaddedHeight / Side, PaddedWidth / Side, Side, Side, channels)
            .transpose(2, 3).reshape(-1, PaddedHeight, PaddedWidth, channels);
        if (Shift > 0)
            grid = grid.roll((long[])[Shift, Shift], _gridDimensions);
        return grid.narrow(1, 0, Height).narrow(2, 0, Width).reshape(grid.size(0), -1, channels).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mask of shifted windows (Liu et al. 2021, figure 4): patches that the roll moved from the opposite edge and the other
    /// patches of their window do not attend to each other.
    /// </summary>
    /// <param name="device">Device of the mask.</param>
    /// <returns>float32 [K, 1, M², M²] in the current dispose scope; null without a shift or a mask.</returns>
    public Tensor? Mask(torch.Device device)
    {
        if (Shift == 0 || !IsMasked)
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor regions = Regions(PaddedHeight).unsqueeze(1) * 3 + Regions(PaddedWidth).unsqueeze(0); // [H, W], in 0 … 8
        // [K, M²]
        Tensor cut = regions.reshape(PaddedHeight / Side, Side, PaddedWidth / Side, Side).transpose(1, 2).reshape(-1, Side * Side);
        Tensor differ = cut.unsqueeze(1).ne(cut.unsqueeze(2)); // [K, M², M²]
        return (differ.to(torch.ScalarType.Float32) * MaskedScore).unsqueeze(1).MoveToOuterDisposeScope();

        // 0 in all windows except the last, in which the shift separates 1 from 2.
        Tensor Regions(int length)
        {
            Tensor at = torch.arange(length, torch.ScalarType.Int64, device);
            return at.ge(length - Side).to(torch.ScalarType.Int64) + at.ge(length - Shift).to(torch.ScalarType.Int64);
        }
    }
}
