using System.ComponentModel.DataAnnotations;

namespace Tenon.Host.Inference.Text;

/// <summary>How questions about passages are answered.</summary>
public sealed record AnswerOptions
{
    /// <summary>Number of spans that compete for the answer; their scores determine the probabilities.</summary>
    public const int Considered = 20;

    /// <summary>Number of answers to return per question, best first.</summary>
    [Range(1, Considered)]
    public int Top { get; init; } = 1;

    /// <summary>
    /// How far the score of "no answer" may exceed that of the best span before the question counts as unanswerable: a larger value
    /// answers more questions.
    /// </summary>
    public double Threshold { get; init; }

    /// <summary>Maximum number of tokens in an answer.</summary>
    [Range(1, 512)]
    public int MaxTokens { get; init; } = 64;
}

/// <summary>A question with its answers.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answers">The answers, best first; at least one, one of which may be that there is none.</param>
public sealed record AnsweredQuestion(string Question, IReadOnlyList<FoundAnswer> Answers);

/// <summary>A span of a passage as an answer, or that the passage has none.</summary>
/// <param name="Text">The text of the span; empty if there is no answer.</param>
/// <param name="Start">Index of its first UTF-16 character in the passage; null if there is no answer.</param>
/// <param name="End">Index after its last UTF-16 character; null if there is no answer.</param>
/// <param name="Score">The model's logits of the first and the last token, added.</param>
/// <param name="Probability">
/// Its probability among the best <see cref="AnswerOptions.Considered"/> spans and no answer, 0 … 1.
/// </param>
public sealed record FoundAnswer(string Text, int? Start, int? End, double Score, double Probability);
