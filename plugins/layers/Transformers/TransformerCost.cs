namespace Tenon.Layers;

/// <summary>The cost of a transformer's layers for one position, for <see cref="IHasCost"/>.</summary>
/// <param name="Layers">Number of layers, L.</param>
/// <param name="Hidden">Size of the hidden state, E.</param>
/// <param name="FeedForward">Inner size of the feed-forward network, F.</param>
/// <param name="Heads">Query heads, H.</param>
/// <param name="Positions">Positions of an example, N.</param>
public sealed record TransformerCost(double Layers, double Hidden, double FeedForward, double Heads, double Positions)
{
    /// <summary>Key/value heads, K; fewer than query heads in grouped-query attention. Default: the number of query heads.</summary>
    public double KeyValueHeads { get; init; } = Heads;

    /// <summary>Size of a head, D. Default: the hidden size divided by the heads.</summary>
    public double HeadSize { get; init; } = Hidden / Heads;

    /// <summary>Whether the feed-forward network has a gate, and therefore three matrices (Shazeer 2020).</summary>
    public bool IsGated { get; init; }

    /// <summary>Positions that attention reads, on average over the layers; fewer than N with a sliding window. Default: N.</summary>
    public double AttendedPositions { get; init; } = Positions;

    /// <summary>
    /// Floating-point operations of the forward pass: two for each weight of the matrices, and 4·L·H·D for scores and weighted
    /// values at each attended position (Chowdhery et al. 2022, appendix B).
    /// </summary>
    public double ForwardFlop =>
        2 * Layers * (2 * Hidden * HeadSize * (Heads + KeyValueHeads) + (IsGated ? 3 : 2) * Hidden * FeedForward)
        + 4 * Layers * Heads * HeadSize * AttendedPositions;

    /// <summary>
    /// Bytes kept for the backward pass, after Korthikanti et al. (2022, section 4). In float32: both norms' inputs. In the
    /// type of the products: both norms' outputs, queries, keys, values, the output of attention, and the feed-forward network
    /// before and after its activation, and with a gate also both factors of its product.
    /// </summary>
    /// <param name="operandBytes">Bytes of one number in the matrix products: 4 in float32, 2 in 16 bits.</param>
    /// <param name="keepsAttentionWeights">
    /// Whether the N attention weights of each head are kept (<see cref="Attention.IsPlain"/>, or dropout of them). Masked ones
    /// are kept too.
    /// </param>
    /// <param name="dropout">Whether outputs are dropped, which keeps a byte for each output.</param>
    public double ActivationBytes(double operandBytes, bool keepsAttentionWeights = false, bool dropout = false) =>
        Layers * (4 * 2 * Hidden
            + operandBytes * (2 * Hidden + 2 * HeadSize * (Heads + KeyValueHeads) + (IsGated ? 4 : 2) * FeedForward)
            + (keepsAttentionWeights ? operandBytes * Heads * Positions : 0)
            + (dropout ? 2 * Hidden : 0));

    /// <summary>
    /// Bytes kept with activation checkpointing (Chen et al. 2016): each layer's input in float32, and everything of the layer
    /// that the backward pass is processing.
    /// </summary>
    /// <param name="kept">Bytes that all layers keep without it.</param>
    public double CheckpointedBytes(double kept) => 4 * Hidden * Layers + kept / Layers;
}
