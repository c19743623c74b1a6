using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>GPT with a classification head on the last token: a classifier, or a reward model.</summary>
public sealed class GptClassifier : CausalSequenceClassifier
{
    internal GptClassifier(GptClassifierOptions options, BuildContext context)
        : base(
            nameof(GptClassifier), context, ("transformer", new GptTransformer(options, context)), options.Labels ?? throw Unresolved(),
            options.PadToken ?? throw Unresolved(), options.InitializerRange)
    {
    }

    private static ModelException Unresolved() =>
        new("The options of 'gpt-classifier' are not resolved. Call Resolve, which fills in sizes and classes, before Build.");
}
