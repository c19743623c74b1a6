using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>GPT with a classification head on the last token: a classifier, or a reward model.</summary>
public sealed class GptClassifier : CausalSequenceClassifier, IDividesLayers
{
    internal GptClassifier(GptClassifierOptions options, BuildContext context)
        : base(
            nameof(GptClassifier), context, ("transformer", new GptTransformer(options, context)), ResolvedOptions.Value(options.Labels),
            ResolvedOptions.Value(options.PadToken), options.InitializerRange)
    {
    }
}
