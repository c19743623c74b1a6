namespace Tenon.Diffusion;

/// <summary>Sizes of a U-Net that belong together.</summary>
/// <param name="BlockOutChannels">Channels of each level, from the full resolution down.</param>
/// <param name="DownBlockTypes">Kind of each level on the way down.</param>
/// <param name="UpBlockTypes">Kind of each level on the way up, lowest resolution first.</param>
/// <param name="LayersPerBlock">Residual blocks of a level on the way down.</param>
/// <param name="NormNumGroups">Groups of the group normalisation.</param>
/// <param name="Dropout">Probability of dropping an element in a residual block.</param>
internal sealed record UNetShape(
    IReadOnlyList<int> BlockOutChannels,
    IReadOnlyList<DownBlockType> DownBlockTypes,
    IReadOnlyList<UpBlockType> UpBlockTypes,
    int LayersPerBlock,
    int NormNumGroups,
    double Dropout);

/// <summary>The sizes by the names of presets.</summary>
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

    /// <summary>The options, in which sizes that are not set are those of the preset.</summary>
    /// <exception cref="ModelException">There is no such preset.</exception>
    public static DiffusionOptions Fill(DiffusionOptions options)
    {
        UNetShape sizes = All.Find(options.Preset);
        // The kinds of levels belong to a number of levels: with another number of channels they have to be set too.
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
