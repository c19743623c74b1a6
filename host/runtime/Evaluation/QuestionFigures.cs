namespace Tenon.Host.Evaluation;

/// <summary>Evaluation of answers to questions about passages, by the definitions of SQuAD's evaluation scripts.</summary>
public sealed record QuestionFigures
{
    /// <summary>Number of questions.</summary>
    public required long Questions { get; init; }

    /// <summary>Number of questions that their passage does not answer.</summary>
    public required long Unanswerable { get; init; }

    /// <summary>Share of the answers that equal a correct one, apart from case, punctuation and articles.</summary>
    public required double Exact { get; init; }

    /// <summary>Mean F1 of the answers' words.</summary>
    public required double F1 { get; init; }

    /// <summary><see cref="F1"/> of the questions that have an answer; null if there are none.</summary>
    public double? F1OfAnswerable { get; init; }

    /// <summary>Share of the unanswerable questions that were found to have no answer; null if there are none.</summary>
    public double? UnanswerableFound { get; init; }

    /// <summary>The sentence of the passage that is most similar to the question; null on the training data itself.</summary>
    public QuestionBaseline? Baseline { get; init; }

    /// <summary>A question and the model's answer, as an example.</summary>
    public required string Example { get; init; }
}

/// <summary>
/// Answers every question with the most similar sentence of the passage, by the cosine of TF-IDF vectors of words, or with no answer
/// if that similarity is too low.
/// </summary>
/// <param name="Exact">Share of the answers that equal a correct one.</param>
/// <param name="F1">Mean F1 of the answers' words.</param>
/// <param name="Threshold">The lowest similarity of an answer, chosen for the highest F1 on training questions.</param>
public sealed record QuestionBaseline(double Exact, double F1, double Threshold);
