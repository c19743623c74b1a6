namespace Tenon.Diffusion;

/// <summary>Resolved options: everything that may come from the data or the preset.</summary>
internal sealed record DiffusionSizes
{
    private DiffusionSizes() { }

    /// <summary>Channels of an image, C.</summary>
    public required int Channels { get; init; }

    /// <summary>Rows of an image, H.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of an image, W.</summary>
    public required int Width { get; init; }

    /// <summary>Names of the classes; empty if the model is not conditioned on classes.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Rows of the class embedding; 0 if the model is not conditioned on classes.</summary>
    public required int ClassRows { get; init; }

    /// <summary>Channels of each level, from the full resolution down.</summary>
    public required IReadOnlyList<int> BlockOutChannels { get; init; }

    /// <summary>Type of each level of the downward path.</summary>
    public required IReadOnlyList<DownBlockType> DownBlockTypes { get; init; }

    /// <summary>Type of each level of the upward path, lowest resolution first.</summary>
    public required IReadOnlyList<UpBlockType> UpBlockTypes { get; init; }

    /// <summary>Residual blocks of a level of the downward path; a level of the upward path has one more.</summary>
    public required int LayersPerBlock { get; init; }

    /// <summary>Groups of the group normalization.</summary>
    public required int NormNumGroups { get; init; }

    /// <summary>Probability of dropping an element in a residual block.</summary>
    public required double Dropout { get; init; }

    /// <summary>Size of the embedding of time and class, E.</summary>
    public required int TimeEmbedding { get; init; }

    /// <summary>Whether the model is conditioned on classes.</summary>
    public bool IsConditional => ClassRows > 0;

    /// <summary>The row of the class embedding for "no class"; null if it has none.</summary>
    public long? NoneClass => ClassRows > Labels.Count ? Labels.Count : null;

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <param name="options">From <see cref="DiffusionArchitecture.Resolve"/> or <see cref="DiffusionArchitecture.Read"/>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static DiffusionSizes Of(DiffusionOptions options)
    {
        IReadOnlyList<int> channels = ResolvedOptions.Value(options.BlockOutChannels);
        return new()
        {
            Channels = ResolvedOptions.Value(options.Channels),
            Height = ResolvedOptions.Value(options.Height),
            Width = ResolvedOptions.Value(options.Width),
            Labels = options.Labels ?? [],
            ClassRows = options.NumClassEmbeds ?? 0,
            BlockOutChannels = channels,
            DownBlockTypes = ResolvedOptions.Value(options.DownBlockTypes),
            UpBlockTypes = ResolvedOptions.Value(options.UpBlockTypes),
            LayersPerBlock = ResolvedOptions.Value(options.LayersPerBlock),
            NormNumGroups = ResolvedOptions.Value(options.NormNumGroups),
            Dropout = ResolvedOptions.Value(options.Dropout),
            TimeEmbedding = options.TimeEmbeddingDim ?? 4 * channels[0],
        };
    }
}
