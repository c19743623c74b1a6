namespace Tenon.Host.Evaluation;

/// <summary>Scores of translations against those in the data, from 0 to 100.</summary>
/// <param name="ChrF">chrF (Popović 2015).</param>
/// <param name="Bleu">BLEU (Papineni et al. 2002) with the settings of <see cref="AnswerFigures.BleuSignature"/>.</param>
public sealed record TranslationScore(double ChrF, double Bleu);

/// <summary>A model's translations of some texts next to those of two baselines.</summary>
/// <param name="Texts">Number of texts.</param>
/// <param name="Model">Score of the model.</param>
/// <param name="Dictionary">Score of a dictionary, learned from the training pairs, that translates word by word.</param>
/// <param name="Memory">Score of the translation of the most similar training source.</param>
public sealed record TranslationComparison(long Texts, TranslationScore Model, TranslationScore Dictionary, TranslationScore Memory);

/// <summary>Evaluation of the translations of held-out texts.</summary>
/// <param name="All">All of the texts.</param>
/// <param name="Unfamiliar">
/// The texts whose most similar training source has a similarity below <see cref="UnfamiliarBelow"/>; null if there are none.
/// </param>
public sealed record TranslationFigures(TranslationComparison All, TranslationComparison? Unfamiliar)
{
    /// <summary>
    /// Texts with a similarity below this value are unfamiliar: 1 − edit distance / length of the longer text, in characters.
    /// </summary>
    public const double UnfamiliarBelow = 0.6;
}
