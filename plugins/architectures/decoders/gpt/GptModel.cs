using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT with a language-modeling head. The head's weight is the token embedding, so the state dictionary has no
/// <c>lm_head.weight</c>, and neither have the published files.
/// </summary>
public sealed class GptModel : CausalLanguageModel
{
    internal GptModel(GptOptions options, BuildContext context)
        : base(nameof(GptModel), context, ("transformer", new GptTransformer(options, context)))
    {
    }
}
