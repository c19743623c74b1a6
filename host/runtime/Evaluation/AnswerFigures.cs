namespace Tenon.Host.Evaluation;

/// <summary>
/// Evaluation of the texts that a model generates: replies in conversations, responses to prompts, or targets of sources.
/// </summary>
public sealed record AnswerFigures
{
    /// <summary>Number of texts that were generated.</summary>
    public required long Answers { get; init; }

    /// <summary>chrF of the texts against those in the data (Popović 2015), from 0 to 100.</summary>
    public required double ChrF { get; init; }

    /// <summary>
    /// chrF of the texts that belong to the most similar messages, prompts or sources in the training data: a baseline without learning.
    /// For pairs, it is that of the translation memory in <see cref="Translations"/>.
    /// Null if the model is evaluated on the training data itself.
    /// </summary>
    public double? ChrFOfNearest { get; init; }

    /// <summary>
    /// Translations of a dictionary and a translation memory for comparison; null unless the data has pairs of texts and the examples are
    /// held out.
    /// </summary>
    public TranslationFigures? Translations { get; init; }

    /// <summary>BLEU of the texts against those in the data (Papineni et al. 2002), from 0 to 100.</summary>
    public required double Bleu { get; init; }

    /// <summary>The settings of <see cref="Bleu"/> in SacreBLEU's format.</summary>
    public required string BleuSignature { get; init; }

    /// <summary>ROUGE of the texts against those in the data; null if those contain no ASCII letters or digits.</summary>
    public RougeFigures? Rouge { get; init; }

    /// <summary>Share of the texts that equal those in the data, apart from white space around them.</summary>
    public required double Exact { get; init; }

    /// <summary>Share of the texts that the model ended itself, instead of being cut off.</summary>
    public required double Ended { get; init; }

    /// <summary>A message, prompt or source and the text that the model generated for it, as an example.</summary>
    public required string Example { get; init; }
}
