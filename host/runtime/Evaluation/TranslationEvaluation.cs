using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Evaluation;

/// <summary>Compares a model's translations of held-out texts with those of a dictionary and of a translation memory.</summary>
/// <param name="tokenization">How texts are split into tokens for BLEU.</param>
internal sealed class TranslationEvaluation(BleuTokenization tokenization)
{
    /// <summary>Evaluates translations.</summary>
    /// <param name="train">Training sources with their translations, at least one.</param>
    /// <param name="translated">Held-out sources with their translations in the data and by the model, at least one.</param>
    /// <param name="stop">Cancels the work.</param>
    public TranslationFigures Evaluate(
        IReadOnlyList<(string Source, string Target)> train, IReadOnlyList<(string Source, string Target, string Translation)> translated,
        CancellationToken stop)
    {
        var dictionary = new WordDictionary(train, stop);
        var memory = new TranslationMemory(train);
        Compared[] all =
        [
            .. translated.Select(text =>
            {
                stop.ThrowIfCancellationRequested();
                (string remembered, double similarity) = memory.Find(text.Source);
                return new Compared(text.Target, text.Translation, dictionary.Translate(text.Source), remembered, similarity);
            }),
        ];
        Compared[] unfamiliar = [.. all.Where(text => text.Similarity < TranslationFigures.UnfamiliarBelow)];
        return new TranslationFigures(Compare(all), unfamiliar.Length == 0 ? null : Compare(unfamiliar));
    }

    private TranslationComparison Compare(Compared[] texts) => new(
        texts.Length, Score(texts, text => text.OfModel), Score(texts, text => text.OfDictionary), Score(texts, text => text.OfMemory));

    private TranslationScore Score(Compared[] texts, Func<Compared, string> translation)
    {
        var score = new ChrF();
        var bleu = new Bleu(tokenization);
        foreach (Compared text in texts)
        {
            score.Add(translation(text), text.Target);
            bleu.Add(translation(text), text.Target);
        }

        return new TranslationScore(score.Score, bleu.Score);
    }

    // The translations of a text, and the similarity of the most similar training source.
    private sealed record Compared(string Target, string OfModel, string OfDictionary, string OfMemory, double Similarity);
}
