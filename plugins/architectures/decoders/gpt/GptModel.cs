using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT with a language-modelling head. The head's weight is the token embedding itself, so the state dictionary has no
/// <c>lm_head.weight</c>, as the published files have none.
/// </summary>
public sealed class GptModel : CausalLanguageModel
{
    internal GptModel(GptOptions options, BuildContext context)
        : base(nameof(GptModel), context, ("transformer", new GptTransformer(options, context)))
    {
    }
}
