namespace Tenon.Layers;

/// <summary>What a transformer's layers cost for one position, for <see cref="IHasCost"/>.</summary>
/// <param name="Layers">Number of layers, L.</param>
/// <param name="Hidden">Size of the hidden state, E.</param>
/// <param name="FeedForward">Size inside the feed-forward network, F.</param>
/// <param name="Heads">Attention heads, H.</param>
/// <param name="Positions">Positions that attention looks at, N.</param>
public sealed record TransformerCost(double Layers, double Hidden, double FeedForward, double Heads, double Positions)
{
    /// <summary>
    /// Floating-point operations of the forward pass: two for each weight of the matrices, and 4·L·E·N for scores and
    /// weighted values (Chowdhery et al. 2022, appendix B).
    /// </summary>
    public double ForwardFlop => 2 * Layers * (4 * Hidden * Hidden + 2 * Hidden * FeedForward) + 4 * Layers * Hidden * Positions;

    /// <summary>
    /// Bytes kept for the backward pass, after Korthikanti et al. (2022, section 4). In float32: both norms' inputs. In
    /// the type of the products: both norms' outputs, queries, keys, values, what attention gives, and the feed-forward
    /// network before and after its activation.
    /// </summary>
    /// <param name="operandBytes">Bytes of one number in the matrix products: 4 in float32, 2 in 16 bits.</param>
    /// <param name="keepsAttentionWeights">Whether the N attention weights of each head are kept (<see cref="Attention.IsPlain"/>, or dropout of them).</param>
    /// <param name="dropout">Whether outputs are dropped, which keeps a byte for each output.</param>
    public double ActivationBytes(double operandBytes, bool keepsAttentionWeights = false, bool dropout = false) =>
        Layers * (4 * 2 * Hidden
            + operandBytes * (6 * Hidden + 2 * FeedForward)
            + (keepsAttentionWeights ? operandBytes * Heads * Positions : 0)
            + (dropout ? 2 * Hidden : 0));

    /// <summary>
    /// Bytes kept with activation checkpointing (Chen et al. 2016): each layer's input in float32, and while the backward
    /// pass goes through a layer everything of that one.
    /// </summary>
    /// <param name="kept">Bytes that all layers keep without it.</param>
    public double CheckpointedBytes(double kept) => 4 * Hidden * Layers + kept / Layers;
}
