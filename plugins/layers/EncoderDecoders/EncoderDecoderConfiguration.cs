namespace Tenon.Layers;

/// <summary>The sizes and special tokens of a model with an encoder and a decoder. All are resolved.</summary>
/// <param name="Encoder">Layers, hidden size, heads and feed-forward size of the encoder.</param>
/// <param name="Decoder">The sizes of the decoder, its vocabulary and its context.</param>
public sealed record EncoderDecoderConfiguration(TransformerShape Encoder, DecoderConfiguration Decoder)
    : SequenceToSequenceConfiguration(Decoder)
{
    /// <summary>Multiplies the decoder's output before the head (Raffel et al. 2019: 1/√E if the head is the embedding).</summary>
    public double HeadScale { get; init; } = 1;

    /// <summary>
    /// The cost of a target token, with a source token for each. The decoder's cross-attention adds the four maps of an attention, two of
    /// which read the source, and its scores.
    /// </summary>
    internal (double ForwardFlop, double KeptBytes) Cost(double operandBytes, bool keepsAttentionWeights)
    {
        TransformerCost encoder = Encoder.Cost(SourceLength) with { HeadSize = Decoder.HeadSize, IsGated = Decoder.IsGated };
        TransformerCost decoder = Decoder.Cost;
        double width = decoder.Heads * decoder.HeadSize;
        double cross = decoder.Layers * (2 * 4 * decoder.Hidden * width + 4 * width * SourceLength);
        double crossKept = decoder.Layers * (4 * decoder.Hidden + operandBytes * (decoder.Hidden + 4 * width)
            + (keepsAttentionWeights ? operandBytes * decoder.Heads * SourceLength : 0));
        return (encoder.ForwardFlop + decoder.ForwardFlop + cross,
            encoder.ActivationBytes(operandBytes, keepsAttentionWeights) + decoder.ActivationBytes(operandBytes, keepsAttentionWeights)
            + crossKept);
    }
}
