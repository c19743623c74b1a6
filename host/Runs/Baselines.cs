using Tenon.Host.Data;
using Tenon.Host.Presentation;

namespace Tenon.Host.Runs;

/// <summary>What count models reach on the validation tokens of a causal language model, to compare it with.</summary>
internal static class Baselines
{
    /// <summary>Losses of a unigram and a bigram model; none when the model predicts no next tokens or nothing is held out.</summary>
    /// <param name="model">The run's model.</param>
    /// <param name="data">The run's data.</param>
    /// <param name="doing">Told what is being done.</param>
    /// <param name="stop">Ends the work.</param>
    public static IReadOnlyList<LossBaseline> Of(IModel model, RunData data, Action<string> doing, CancellationToken stop)
    {
        if (model is not (ICausalLanguageModel language and ILearnsFromTokens blocks)
            || data.Examples<TokenBlock>(Split.Train) is not { } train || data.Examples<TokenBlock>(Split.Validation) is not { } validation)
        {
            return [];
        }

        doing("counting tokens for the baselines");
        CountBaselines counts = CountBaselines.Of(train, validation, language.VocabularySize, blocks.BlockOverlap, stop: stop);
        return [new LossBaseline("unigram counts", counts.Unigram.CrossEntropy), new LossBaseline("bigram counts", counts.Bigram.CrossEntropy)];
    }
}
