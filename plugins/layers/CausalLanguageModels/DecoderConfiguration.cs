namespace Tenon.Layers;

/// <summary>The sizes that all decoder-only transformers have, regardless of their blocks. All are resolved.</summary>
/// <param name="Shape">Layers, hidden size, query heads and feed-forward size.</param>
public sealed record DecoderConfiguration(TransformerShape Shape) : LanguageConfiguration
{
    /// <summary>
    /// Key/value heads in each block; fewer than query heads in grouped-query attention (Ainslie et al. 2023). Default: as
    /// many as query heads.
    /// </summary>
    public int KeyValueHeads { get; init; } = Shape.Heads;

    /// <summary>Size of each head, D. Default: the hidden size divided by the heads.</summary>
    public int HeadSize { get; init; } = Shape.HeadSize;

    /// <summary>
    /// Maximum number of keys that a position attends to, including itself, in the layers of <see cref="SlidingLayers"/>
    /// (sliding-window attention, Beltagy et al. 2020), or null for all before it.
    /// </summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Indices of the layers that <see cref="SlidingWindow"/> applies to, or null for all.</summary>
    public IReadOnlySet<int>? SlidingLayers { get; init; }

    /// <summary>Whether the feed-forward network has a gate, and therefore three matrices (Shazeer 2020).</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether the backward pass recomputes each block (<see cref="Layers.ActivationCheckpointing"/>).</summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>The cost of the layers for one token of a full context.</summary>
    public TransformerCost Cost => Shape.Cost(ContextLength) with
    {
        KeyValueHeads = KeyValueHeads,
        HeadSize = HeadSize,
        IsGated = IsGated,
        AttendedPositions = Enumerable.Range(0, Shape.Layers).Average(layer => Math.Min(ContextLength, Window(layer) ?? ContextLength)),
    };

    /// <summary>The sizes that several processes divide, by option (<see cref="IDividesLayers.DividedSizes"/>).</summary>
    public IReadOnlyDictionary<string, long> DividedSizes => KeyValueHeads == Shape.Heads
        ? Shape.DividedSizes : new Dictionary<string, long>(Shape.DividedSizes) { ["keyValueHeads"] = KeyValueHeads };

    /// <summary>Maximum number of keys that a position of a layer attends to, including itself, or null for all before it.</summary>
    /// <param name="layer">Index of the layer.</param>
    public int? Window(int layer) => SlidingLayers is null || SlidingLayers.Contains(layer) ? SlidingWindow : null;

    /// <summary>The sizes of a prompt with a prefix for each layer.</summary>
    public PromptShape PromptShape => new(Shape.Layers, KeyValueHeads, HeadSize, Shape.HiddenSize);
}
