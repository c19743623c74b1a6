using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT with a language-modelling head. As in the published models, its weight is the token embedding, and the state dictionary
/// has no <c>lm_head.weight</c>, unless <see cref="GptOptions.TieEmbeddings"/> is false.
/// </summary>
public sealed class GptModel : CausalLanguageModel
{
    internal GptModel(GptOptions options, BuildContext context)
        : base(nameof(GptModel), context, ("transformer", new GptTransformer(options, context)), Head(options, context))
    {
    }

    private static (string, Linear)? Head(GptOptions options, BuildContext context)
    {
        if (options.TieEmbeddings)
            return null;
        DecoderConfiguration sizes = GptConfiguration.Decoder(options);
        var head = new Linear(sizes.Shape.HiddenSize, sizes.VocabularySize, context, bias: false);
        Initialization.Normal(head.Weight, options.InitializerRange);
        return (GptArchitecture.HeadName, head);
    }
}
