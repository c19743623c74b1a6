using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>The resolved sizes of a model.</summary>
/// <param name="Configuration">Sizes and special tokens.</param>
/// <param name="Activation">Activation of the feed-forward network.</param>
/// <param name="EmbeddingScale">Multiplies token embeddings.</param>
/// <param name="IsBart">
/// Whether positions are learned and embeddings normalized, as in BART; otherwise positions are sines and cosines.
/// </param>
internal sealed record TransformerSizes(
    EncoderDecoderConfiguration Configuration, Func<Tensor, Tensor> Activation, double EmbeddingScale, bool IsBart)
{
    /// <summary>
    /// Fills in sizes and special tokens except the start token of targets. The result has the same class as the options.
    /// </summary>
    public static TOptions Resolve<TOptions>(TOptions options, TransformerPreset preset, PairTokens tokens, bool isPublished)
        where TOptions : TransformerOptions
    {
        TransformerShape encoder = preset.Shape.With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        TransformerShape decoder =
            encoder.With(options.DecoderLayers, encoder.HiddenSize, options.DecoderHeads, options.DecoderFeedForwardSize);
        if (encoder.HiddenSize % 2 != 0)
            throw new ModelException($"'hiddenSize' is {encoder.HiddenSize}, but positions need an even number. Change it by 1.");
        return (TOptions)(options with
        {
            Layers = encoder.Layers,
            DecoderLayers = decoder.Layers,
            HiddenSize = encoder.HiddenSize,
            Heads = encoder.Heads,
            DecoderHeads = decoder.Heads,
            FeedForwardSize = encoder.FeedForwardSize,
            DecoderFeedForwardSize = decoder.FeedForwardSize,
            ContextLength = options.ContextLength ?? preset.ContextLength,
            Activation = options.Activation ?? preset.Activation,
            ScaleEmbedding = options.ScaleEmbedding ?? preset.ScaleEmbedding,
            PadToken = tokens.Pad,
            EndOfText = tokens.EndOfText,
            VocabularySize = DecoderConfiguration.ResolveVocabulary(
                options.VocabularySize, tokens.Ids, isPublished ? preset.VocabularySize : null),
        });
    }

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <exception cref="ModelException">The options are not resolved.</exception>
    public static TransformerSizes Of(TransformerOptions options, bool isBart)
    {
        TransformerShape encoder = TransformerShape.Resolved(
            options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        TransformerShape decoder = TransformerShape.Resolved(
            options.DecoderLayers, options.HiddenSize, options.DecoderHeads, options.DecoderFeedForwardSize);
        int context = ResolvedOptions.Value(options.ContextLength);
        var configuration = new EncoderDecoderConfiguration(encoder, new DecoderConfiguration(decoder)
        {
            VocabularySize = ResolvedOptions.Value(options.VocabularySize),
            ContextLength = context,
            EndOfText = options.EndOfText,
        })
        {
            SourceLength = context,
            DecoderStart = ResolvedOptions.Value(options.DecoderStart),
            PadToken = ResolvedOptions.Value(options.PadToken),
            LabelSmoothing = options.LabelSmoothing,
        };
        double scale = ResolvedOptions.Value(options.ScaleEmbedding) ? Math.Sqrt(encoder.HiddenSize) : 1;
        return new TransformerSizes(
            configuration, Activations.Find(ResolvedOptions.Value(options.Activation), "activation"), scale, isBart);
    }
}
