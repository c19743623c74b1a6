using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT with a language-modelling head. As in the published models, its weight is the token embedding, and the state dictionary
/// has no <c>lm_head.weight</c>, unless <see cref="GptOptions.TieEmbeddings"/> is false.
/// </summary>
public sealed class GptModel : CausalLanguageModel, IGgufModel, IDividesSequence
{
    private readonly GptOptions _options;

    internal GptModel(GptOptions options, BuildContext context)
        : base(
            nameof(GptModel), context, ("transformer", new GptTransformer(options, context)),
            options.TieEmbeddings
                ? null
                : (GptArchitecture.HeadName, NewHead(GptConfiguration.Decoder(options), context, options.InitializerRange))) =>
        _options = options;

    /// <inheritdoc/>
    public GgufLayout DescribeGguf() => GptGguf.Describe(_options, Module);
}
