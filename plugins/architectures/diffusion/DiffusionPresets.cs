namespace Tenon.Diffusion;

/// <summary>The sizes of a U-Net preset.</summary>
/// <param name="BlockOutChannels">Channels of each level, from the full resolution down.</param>
/// <param name="DownBlockTypes">Type of each level of the downward path.</param>
/// <param name="UpBlockTypes">Type of each level of the upward path, lowest resolution first.</param>
/// <param name="LayersPerBlock">Residual blocks of a level of the downward path.</param>
/// <param name="NormNumGroups">Groups of the group normalization.</param>
/// <param name="Dropout">Probability of dropping an element in a residual block.</param>
internal sealed record UNetShape(
    IReadOnlyList<int> BlockOutChannels,
    IReadOnlyList<DownBlockType> DownBlockTypes,
    IReadOnlyList<UpBlockType> UpBlockTypes,
    int LayersPerBlock,
    int NormNumGroups,
    double Dropout);

/// <summary>The presets.</summary>
internal static class DiffusionPresets
{
    public static Presets<UNetShape> All { get; } = new("small",
        ("tiny", new(
            [32, 64],
            [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D],
            [UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
            LayersPerBlock: 1, NormNumGroups: 8, Dropout: 0)),
        ("small", new(
            [32, 64, 64],
            [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D],
            [UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
            LayersPerBlock: 1, NormNumGroups: 8, Dropout: 0)),
        ("cifar10", new(
            [128, 256, 256, 256],
            [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.DownBlock2D, DownBlockType.DownBlock2D],
            [UpBlockType.UpBlock2D, UpBlockType.UpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
            LayersPerBlock: 2, NormNumGroups: 32, Dropout: 0.1)));

    /// <summary>Fills in sizes that are not set from the preset.</summary>
    /// <exception cref="ModelException">The preset does not exist.</exception>
    public static DiffusionOptions Fill(DiffusionOptions options)
    {
        UNetShape sizes = All.Find(options.Preset);
        // A preset's types fit its number of levels. With a different number, the types must be set as well.
        bool ownLevels = options.BlockOutChannels is { } channels && channels.Count != sizes.BlockOutChannels.Count;
        return options with
        {
            BlockOutChannels = options.BlockOutChannels ?? sizes.BlockOutChannels,
            DownBlockTypes = options.DownBlockTypes ?? (ownLevels ? null : sizes.DownBlockTypes),
            UpBlockTypes = options.UpBlockTypes ?? (ownLevels ? null : sizes.UpBlockTypes),
            LayersPerBlock = options.LayersPerBlock ?? sizes.LayersPerBlock,
            NormNumGroups = options.NormNumGroups ?? sizes.NormNumGroups,
            Dropout = options.Dropout ?? sizes.Dropout,
        };
    }
}
