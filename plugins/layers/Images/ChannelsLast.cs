namespace Tenon.Layers;

/// <summary>
/// Images [B, C, H, W] whose channels lie side by side in memory, pixel after pixel: the layout in which a processor
/// convolves them without turning them first. torch keeps it through convolutions, sums and concatenation.
/// </summary>
public static class ChannelsLast
{
    /// <summary>Whether a tensor is laid out so.</summary>
    /// <param name="images">Any tensor.</param>
    public static bool Is(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.ndim != 4)
            return false;
        using Tensor pixels = Pixels(images);
        return pixels.is_contiguous();
    }

    /// <summary>The tensor in this layout.</summary>
    /// <param name="images">[B, C, H, W]. Not disposed.</param>
    /// <returns>The same values and gradient, in the current dispose scope.</returns>
    public static Tensor Of(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor pixels = Pixels(images).contiguous();
        // A single channel may keep any stride, by which torch tells the layouts apart.
        if (pixels.size(3) == 1)
            pixels = pixels.as_strided(pixels.shape, [pixels.size(1) * pixels.size(2), pixels.size(2), 1, 1]);
        return Images(pixels).MoveToOuterDisposeScope();
    }

    /// <summary>A view of images as [B, H, W, C], in the current dispose scope.</summary>
    /// <param name="images">[B, C, H, W]. Not disposed.</param>
    public static Tensor Pixels(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images.permute(0, 2, 3, 1);
    }

    /// <summary>A view of pixels as [B, C, H, W], in the current dispose scope.</summary>
    /// <param name="pixels">[B, H, W, C]. Not disposed.</param>
    public static Tensor Images(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return pixels.permute(0, 3, 1, 2);
    }
}
