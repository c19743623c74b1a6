using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>
/// Llama, Mistral or Qwen with a language-modeling head. The state dictionary has an <c>lm_head.weight</c> only if
/// <see cref="LlamaOptions.TieEmbeddings"/> is false.
/// </summary>
public sealed class LlamaModel : CausalLanguageModel, IGgufModel, IDividesSequence
{
    private readonly LlamaOptions _options;

    internal LlamaModel(LlamaOptions options, BuildContext context)
        : base(
            nameof(LlamaModel), context, (LlamaArchitecture.TransformerName, new LlamaTransformer(options, context)),
            ResolvedOptions.Value(options.TieEmbeddings)
                ? null
                : (LlamaArchitecture.HeadName, NewHead(LlamaSizes.Decoder(options), context, options.InitializerRange))) =>
        _options = options;

    /// <inheritdoc/>
    public GgufLayout DescribeGguf() => LlamaGguf.Describe(_options, Module);
}

/// <summary>Llama, Mistral or Qwen with a classification head on the last token: a classifier or a reward model.</summary>
public sealed class LlamaClassifier : CausalSequenceClassifier, IDividesLayers
{
    internal LlamaClassifier(LlamaClassifierOptions options, BuildContext context)
        : base(
            nameof(LlamaClassifier), context, (LlamaArchitecture.TransformerName, new LlamaTransformer(options, context)),
            ResolvedOptions.Value(options.Labels), ResolvedOptions.Value(options.PadToken), options.InitializerRange)
    {
    }
}
