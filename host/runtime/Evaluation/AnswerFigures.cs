namespace Tenon.Host.Evaluation;

/// <summary>Evaluation of a model's replies in conversations.</summary>
public sealed record AnswerFigures
{
    /// <summary>Number of conversations whose last reply was generated.</summary>
    public required long Answers { get; init; }

    /// <summary>chrF of the replies against the replies in the data (Popović 2015), from 0 to 100.</summary>
    public required double ChrF { get; init; }

    /// <summary>
    /// chrF of the replies to the most similar messages in the training data: a baseline without learning. Null if the model
    /// is evaluated on the training data itself.
    /// </summary>
    public double? ChrFOfNearest { get; init; }

    /// <summary>Share of the replies that the model ended itself, instead of being cut off.</summary>
    public required double Ended { get; init; }

    /// <summary>The last message of a conversation and the model's reply, as an example.</summary>
    public required string Example { get; init; }
}
