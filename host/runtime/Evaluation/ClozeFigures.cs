namespace Tenon.Host.Evaluation;

/// <summary>Evaluation of a masked language model on cloze questions: held-out texts in which one word is masked (Taylor 1953).</summary>
public sealed record ClozeFigures
{
    /// <summary>Number of questions.</summary>
    public required long Questions { get; init; }

    /// <summary>Share of the questions whose most probable word is the masked one.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Share of the questions whose five most probable words contain the masked one.</summary>
    public required double AccuracyOfFive { get; init; }

    /// <summary>
    /// Share of the questions that are answered by the word that most often follows the previous word in the training texts; null on
    /// the training data itself.
    /// </summary>
    public double? Baseline { get; init; }

    /// <summary>A question and the model's most probable word, as an example.</summary>
    public required string Example { get; init; }
}
