namespace Tenon.Diffusion;

/// <summary>The sizes behind the names of presets.</summary>
internal static class DiffusionPresets
{
    private static readonly Dictionary<DiffusionPreset, DiffusionOptions> Sizes = new()
    {
        [DiffusionPreset.Tiny] = new()
        {
            BlockOutChannels = [32, 64],
            DownBlockTypes = [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D],
            UpBlockTypes = [UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
            LayersPerBlock = 1,
            NormNumGroups = 8,
            Dropout = 0,
        },
        [DiffusionPreset.Small] = new()
        {
            BlockOutChannels = [32, 64, 64],
            DownBlockTypes = [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D],
            UpBlockTypes = [UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
            LayersPerBlock = 1,
            NormNumGroups = 8,
            Dropout = 0,
        },
        [DiffusionPreset.Cifar10] = new()
        {
            BlockOutChannels = [128, 256, 256, 256],
            DownBlockTypes = [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.DownBlock2D, DownBlockType.DownBlock2D],
            UpBlockTypes = [UpBlockType.UpBlock2D, UpBlockType.UpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
            LayersPerBlock = 2,
            NormNumGroups = 32,
            Dropout = 0.1,
        },
    };

    /// <summary>The options with what they leave open taken from their preset.</summary>
    /// <exception cref="ModelException">There is no preset, and a size is missing.</exception>
    public static DiffusionOptions Fill(DiffusionOptions options)
    {
        if (options.Preset is not { } preset)
            return options;
        if (!Sizes.TryGetValue(preset, out DiffusionOptions? sizes))
            throw new ModelException($"'preset' is '{preset}'. Allowed: {string.Join(", ", Sizes.Keys)}.");

        // Kinds of levels belong to a number of levels: other channels need kinds of their own.
        bool ownLevels = options.BlockOutChannels is { } channels && channels.Count != sizes.BlockOutChannels!.Count;
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
