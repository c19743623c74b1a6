using Tenon.Host.Data;
using Tenon.Host.Models;

namespace Tenon.Host.Evaluation.Baselines;

/// <summary>Losses of count models on the validation tokens of a language model, for comparison.</summary>
internal static class TokenBaselines
{
    /// <summary>
    /// Losses of a unigram and a bigram model of next tokens, or of a unigram model of masked tokens; empty if the model
    /// predicts neither, reads a source as well, or there is no validation data.
    /// </summary>
    /// <param name="model">The run's model.</param>
    /// <param name="data">The run's data.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    /// <param name="status">Receives status messages.</param>
    /// <param name="stop">Cancels the work.</param>
    public static IReadOnlyList<LossBaseline> Of(
        IModel model, RunData data, ITokenizer? tokenizer, Action<string> status, CancellationToken stop)
    {
        if (model is IEncoderDecoder || model is not ILearnsFromTokens blocks
            || Capability.TokensOf(model) is not { VocabularySize: var vocabulary }
            || data.Examples<TokenBlock>(Split.Train) is not { } train || data.Examples<TokenBlock>(Split.Validation) is not { } validation)
        {
            return [];
        }

        status("counting tokens for the baselines");
        if (Capability.Of(model).Any(capability => capability.Prediction?.Label == PredictedLabel.HiddenToken))
        {
            SpecialTokens special = tokenizer?.Special ?? new SpecialTokens();
            HashSet<int> never = [.. new[] { special.EndOfText, special.Classify, special.Separator, special.Pad }.OfType<int>()];
            (CountBaseline unigram, double accuracy) =
                CountBaselines.OfHidden(train, data.InOrder(Split.Validation), vocabulary, never, stop: stop);
            return [new LossBaseline("unigram counts", unigram.CrossEntropy, accuracy)];
        }

        CountBaselines counts = CountBaselines.Of(train, validation, vocabulary, blocks.BlockOverlap, stop: stop);
        return [new LossBaseline("unigram counts", counts.Unigram.CrossEntropy),
            new LossBaseline("bigram counts", counts.Bigram.CrossEntropy)];
    }
}
