using Tenon.Layers;

namespace Tenon.Swin;

/// <summary>Resolved options: everything that may come from the data or the preset.</summary>
/// <param name="Stages">The shape of each stage.</param>
/// <param name="WindowSize">Height and width of a window in patches, M.</param>
/// <param name="PatchSize">Height and width of a patch in pixels.</param>
/// <param name="ImageSize">Height and width of the images in pixels.</param>
/// <param name="Channels">Channels of the images.</param>
internal sealed record SwinSizes(IReadOnlyList<TransformerShape> Stages, int WindowSize, int PatchSize, int ImageSize, int Channels)
{
    /// <summary>The hidden size of the last stage.</summary>
    public int HiddenSize => Stages[^1].HiddenSize;

    /// <summary>Layers of all stages.</summary>
    public int Layers => Stages.Sum(stage => stage.Layers);

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <param name="options">From <see cref="SwinArchitecture.Resolve"/> or <see cref="SwinArchitecture.Read"/>.</param>
    /// <exception cref="ModelException">An option is not resolved, or the stages contradict each other.</exception>
    public static SwinSizes Of(SwinOptions options)
    {
        int first = ResolvedOptions.Value(options.HiddenSize);
        IReadOnlyList<int> depths = ResolvedOptions.Value(options.Depths);
        IReadOnlyList<int> heads = ResolvedOptions.Value(options.NumHeads);
        CheckStages(first, depths, heads);
        TransformerShape[] stages = [.. depths.Select((layers, stage) =>
        {
            int hidden = first << stage;
            return new TransformerShape(layers, hidden, heads[stage], (int)(options.MlpRatio * hidden));
        })];
        return new SwinSizes(
            stages,
            ResolvedOptions.Value(options.WindowSize),
            ResolvedOptions.Value(options.PatchSize),
            ResolvedOptions.Value(options.ImageSize),
            ResolvedOptions.Value(options.Channels));
    }

    /// <summary>Checks that the stages of a recipe or a configuration fit together.</summary>
    /// <param name="hidden">Hidden size of the first stage.</param>
    /// <param name="depths">Layers of each stage.</param>
    /// <param name="heads">Attention heads of each stage.</param>
    /// <exception cref="ModelException">They do not.</exception>
    public static void CheckStages(int hidden, IReadOnlyList<int> depths, IReadOnlyList<int> heads)
    {
        if (depths.Count is 0 or > 8 || heads.Count != depths.Count)
        {
            throw new ModelException(
                $"'depths' has {depths.Count} stages ({string.Join(", ", depths)}), but 'numHeads' has {heads.Count} " +
                $"({string.Join(", ", heads)}). " +
                "Give both lists the same number of stages, 1 to 8.");
        }

        foreach ((int stage, int count) in heads.Index())
        {
            if ((hidden << stage) % count != 0)
            {
                throw new ModelException(
                    $"Stage {stage} has the hidden size {hidden << stage} ('hiddenSize' {hidden}), which is not divisible by {count} " +
                    "heads. Set 'numHeads' to divisors, or 'hiddenSize' to a multiple.");
            }
        }
    }

    /// <summary>Patches per side in each stage; merging rounds up.</summary>
    public IReadOnlyList<int> Grids()
    {
        int side = (ImageSize + PatchSize - 1) / PatchSize;
        var grids = new int[Stages.Count];
        for (int stage = 0; stage < grids.Length; stage++, side = (side + 1) / 2)
            grids[stage] = side;
        return grids;
    }
}
