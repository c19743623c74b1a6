namespace Tenon.Layers.Images;

/// <summary>Square patches of square images.</summary>
public static class ImagePatches
{
    // With fewer patches per side, attention has too little to attend to.
    private const int MinPatchesPerSide = 7;

    /// <summary>
    /// The patch size for an image size: the preset's if it gives at least 7 patches per side; for smaller images, the largest
    /// divisor that does.
    /// </summary>
    /// <param name="option">The option, or null if it is not set.</param>
    /// <param name="imageSize">Height and width of the images in pixels.</param>
    /// <param name="preset">The preset's patch size.</param>
    /// <exception cref="ModelException">The option does not divide the image size.</exception>
    public static int Size(int? option, int imageSize, int preset)
    {
        int patchSize = option ?? (Fits(preset)
            ? preset
            : Enumerable.Range(1, Math.Max(1, imageSize / MinPatchesPerSide)).LastOrDefault(Fits, 1));
        return imageSize % patchSize == 0
            ? patchSize
            : throw new ModelException(
                $"'imageSize' is {imageSize}, which is not divisible by 'patchSize' {patchSize}. Set 'patchSize' to a divisor of it.");

        bool Fits(int patch) => imageSize % patch == 0 && imageSize / patch >= MinPatchesPerSide;
    }

    /// <summary>Images as rows of pixels: [B, C, H, W] -> [B, G, S·S·C], channels innermost.</summary>
    /// <param name="images">Not disposed.</param>
    /// <param name="patchSize">S, a divisor of H and W.</param>
    /// <returns>A tensor in the current dispose scope.</returns>
    public static Tensor Cut(Tensor images, int patchSize)
    {
        ArgumentNullException.ThrowIfNull(images);
        using DisposeScope scope = torch.NewDisposeScope();
        (long rows, long columns) = (images.size(2) / patchSize, images.size(3) / patchSize);
        // [B, C, h, S, w, S] -> [B, h, w, S, S, C]
        return images.reshape(images.size(0), images.size(1), rows, patchSize, columns, patchSize).permute(0, 2, 4, 3, 5, 1)
            .reshape(images.size(0), rows * columns, patchSize * patchSize * images.size(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Undoes <see cref="Cut"/> for square images: [B, G, S·S·C] -> [B, C, H, W].</summary>
    /// <param name="patches">Not disposed.</param>
    /// <param name="patchSize">S.</param>
    /// <returns>A tensor in the current dispose scope.</returns>
    public static Tensor Join(Tensor patches, int patchSize)
    {
        ArgumentNullException.ThrowIfNull(patches);
        using DisposeScope scope = torch.NewDisposeScope();
        long side = (long)Math.Round(Math.Sqrt(patches.size(1)));
        long channels = patches.size(2) / (patchSize * patchSize);
        // [B, h, w, S, S, C] -> [B, C, h, S, w, S]
        return patches.reshape(patches.size(0), side, side, patchSize, patchSize, channels).permute(0, 5, 1, 3, 2, 4)
            .reshape(patches.size(0), channels, side * patchSize, side * patchSize).MoveToOuterDisposeScope();
    }
}
