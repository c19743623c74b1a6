namespace Tenon.Layers;

/// <summary>
/// The decoder of a model with an encoder: a <see cref="CausalTransformer"/> whose blocks also attend to an encoded source
/// (<see cref="BlockPass.Sources"/>).
/// </summary>
/// <param name="name">Name of the class.</param>
/// <param name="configuration">Its sizes.</param>
/// <param name="attentionType">The data type of attention.</param>
public abstract class TargetDecoder(string name, DecoderConfiguration configuration, Autocast attentionType)
    : CausalTransformer(name, configuration, attentionType)
{
    /// <summary>Computes what cross-attention reads of encoded sources, once for all target tokens.</summary>
    /// <param name="encoded">float32 [B, S, E], from a <see cref="SourceEncoder"/>. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, S], 1 for a token and 0 for padding, or null if there is none. Not disposed.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    public EncodedSources Read(Tensor encoded, Tensor? attentionMask)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        Tensor? bias = AttentionMask.Create(1, encoded.size(1), causal: false, attentionMask, AttentionType.Type, encoded.device);
        return new EncodedSources(
            [.. Enumerable.Range(0, Configuration.Shape.Layers).Select(layer => CrossAttention(layer).KeysAndValues(encoded))], bias);
    }

    /// <summary>The attention of a block to the source.</summary>
    /// <param name="layer">Index of the block.</param>
    protected abstract MultiHeadAttention CrossAttention(int layer);
}
