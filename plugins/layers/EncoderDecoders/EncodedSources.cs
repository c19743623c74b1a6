namespace Tenon.Layers;

/// <summary>
/// What the cross-attention of a decoder reads: the keys and values of encoded sources in each layer. The tensors belong to the
/// dispose scope or the cache in which they were created.
/// </summary>
/// <param name="Layers">For each layer keys and values, [B, H, S, D].</param>
/// <param name="AttentionBias">[B, 1, 1, S] in the type of the products, or null if no source is padded.</param>
public sealed record EncodedSources(IReadOnlyList<(Tensor Keys, Tensor Values)> Layers, Tensor? AttentionBias);
