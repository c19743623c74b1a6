namespace Tenon.Diffusion;

/// <summary>Checks that a model can be built from the options.</summary>
internal static class DiffusionChecks
{
    /// <summary>The activations of diffusers' UNet2DModel.</summary>
    public static IReadOnlyList<string> ActivationNames { get; } = ["silu", "swish", "mish", "gelu", "relu"];

    /// <summary>Rejects options that contradict each other.</summary>
    /// <param name="options">Resolved options.</param>
    /// <exception cref="ModelException">The message names key, value and how to fix it.</exception>
    public static void Check(DiffusionOptions options)
    {
        Present(options.Channels, "channels", "Set it, or use data whose images all have the same size.");
        int height = Present(options.Height, "height", "Set it, or use data whose images all have the same size.");
        int width = Present(options.Width, "width", "Set it, or use data whose images all have the same size.");
        const string PresetHelp = "Set it, or choose a preset.";
        IReadOnlyList<int> channels = Present(options.BlockOutChannels, "blockOutChannels", PresetHelp);
        int groups = Present(options.NormNumGroups, "normNumGroups", PresetHelp);
        Present(options.LayersPerBlock, "layersPerBlock", PresetHelp);
        Present(options.Dropout, "dropout", PresetHelp);
        if (channels.Count == 0)
            throw new ModelException("'blockOutChannels' is empty. Set the channels of at least one level.");
        Levels(options.DownBlockTypes?.Count, channels.Count, "downBlockTypes");
        Levels(options.UpBlockTypes?.Count, channels.Count, "upBlockTypes");

        foreach (int level in channels)
        {
            if (level < 1 || level % groups != 0)
                throw new ModelException(
                    $"'blockOutChannels' contains {level}, which is not a multiple of 'normNumGroups' ({groups}). Change one of them.");
            if (options.AttentionHeadDim is { } size && level % size != 0)
                throw new ModelException(
                    $"'blockOutChannels' contains {level}, which is not a multiple of 'attentionHeadDim' ({size}). Change one of them.");
        }

        if (channels[0] < 4)
            throw new ModelException($"'blockOutChannels' starts with {channels[0]}; the time embedding needs at least 4 channels.");
        Halves(height, channels.Count, "height");
        Halves(width, channels.Count, "width");
        if (!ActivationNames.Contains(options.ActFn))
            throw new ModelException($"'actFn' is '{options.ActFn}'. Allowed: {string.Join(", ", ActivationNames)}.");
        if (options.BetaSchedule == BetaSchedule.Linear && !(options.BetaStart > 0 && options.BetaStart <= options.BetaEnd))
            throw new ModelException(
                $"'betaStart' is {options.BetaStart} and 'betaEnd' is {options.BetaEnd}. Both must be above 0, and 'betaStart' must " +
                "not exceed 'betaEnd'.");
        Classes(options);
    }

    private static void Classes(DiffusionOptions options)
    {
        if (options.NumClassEmbeds is not { } rows)
            return;
        int classes = options.Labels?.Count ?? 0;
        if (rows != classes && rows != classes + 1)
        {
            throw new ModelException(
                $"'numClassEmbeds' is {rows} for {classes} classes. Allowed: {classes + 1} (with a row for \"none\", the default) or " +
                $"{classes}.");
        }
    }

    private static void Levels(int? found, int levels, string key)
    {
        if (found != levels)
            throw new ModelException($"'{key}' has {found ?? 0} levels, but 'blockOutChannels' has {levels}. Set one type for each level.");
    }

    private static void Halves(int size, int levels, string key)
    {
        int divisor = 1 << (levels - 1);
        if (size % divisor != 0)
        {
            throw new ModelException(
                $"'{key}' is {size}, which cannot be halved {levels - 1} times. With {levels} levels it must be a multiple of {divisor}: " +
                "resize the images in the data component, or use fewer levels.");
        }
    }

    private static T Present<T>(T? value, string key, string help) where T : struct =>
        value ?? throw new ModelException($"'{key}' is not set. {help}");

    private static T Present<T>(T? value, string key, string help) where T : class =>
        value ?? throw new ModelException($"'{key}' is not set. {help}");
}
