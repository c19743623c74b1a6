namespace Tenon.VitMae;

/// <summary>Which patches of each image are visible: those with the smallest noise (He et al. 2021, section 3). Owns its tensors.</summary>
/// <param name="Kept">int64 [B, K]: the visible patches in the order in which the encoder receives them.</param>
/// <param name="Restore">int64 [B, G]: the index of each patch in the sequence of visible patches followed by hidden ones.</param>
/// <param name="Hidden">float32 [B, G]: 1 where a patch is hidden.</param>
internal sealed record MaeMask(Tensor Kept, Tensor Restore, Tensor Hidden)
{
    /// <summary>Creates the mask for given noise, in the current dispose scope.</summary>
    /// <param name="noise">float32 [B, G]. Not disposed.</param>
    /// <param name="visible">K.</param>
    public static MaeMask Of(Tensor noise, int visible)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor shuffle = noise.argsort(1);
        Tensor restore = shuffle.argsort(1);
        return new MaeMask(
            shuffle.narrow(1, 0, visible).MoveToOuterDisposeScope(),
            restore.MoveToOuterDisposeScope(),
            restore.ge(visible).to(torch.ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>Selects the visible patches: [B, G, E] -> [B, K, E].</summary>
    /// <param name="patches">Not disposed.</param>
    public Tensor Select(Tensor patches) => Gather(patches, Kept);

    /// <summary>Restores the image's order: [B, G, E] with visible patches first -> [B, G, E].</summary>
    /// <param name="patches">Not disposed.</param>
    public Tensor Arrange(Tensor patches) => Gather(patches, Restore);

    private static Tensor Gather(Tensor patches, Tensor index)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return patches.gather(1, index.unsqueeze(2).expand(-1, -1, patches.size(2))).MoveToOuterDisposeScope();
    }
}
