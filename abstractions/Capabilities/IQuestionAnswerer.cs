namespace Tenon;

/// <summary>
/// A model that answers a question with a span of a passage, or finds that the passage does not answer it (BERT with a span head).
/// </summary>
public interface IQuestionAnswerer : IModel
{
    /// <summary>
    /// Divides a passage into overlapping parts that fit into the model's context, each after the question. A short passage is a
    /// single part.
    /// </summary>
    /// <param name="question">The question. A long one is truncated.</param>
    /// <param name="passage">The passage.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>At least one window, in order; together they contain every token of the passage.</returns>
    /// <exception cref="DataException">The passage has no tokens, or the tokenizer has no token for a missing answer.</exception>
    IReadOnlyList<PassageWindow> Windows(string question, string passage, ITokenizer tokenizer);

    /// <summary>Creates a batch with one row for each window.</summary>
    /// <param name="windows">At least one, from <see cref="Windows"/>.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>The batch, on the CPU. The caller disposes it.</returns>
    Batch CollateWindows(IReadOnlyList<PassageWindow> windows, ITokenizer tokenizer);

    /// <summary>
    /// Unnormalized log-probabilities that a token is the first and the last of the answer. If there is no answer, both are the first
    /// token of the row.
    /// </summary>
    /// <param name="batch">From <see cref="CollateWindows"/>. Not disposed.</param>
    /// <returns>float32 [B, T, 2], first and last, in the current dispose scope.</returns>
    Tensor SpanLogits(Batch batch);
}

/// <summary>A question and a part of a passage as the tokens of one row.</summary>
/// <param name="Ids">All tokens of the row, special tokens included. The first one stands for a missing answer.</param>
/// <param name="PassageStart">Position of the first token of the passage.</param>
/// <param name="Characters">
/// For each token of the passage in this row, in order, the UTF-16 characters of the passage that its word occupies: those from
/// <c>Start</c> to just before <c>End</c>. All tokens of a word have the same characters.
/// </param>
public sealed record PassageWindow(IReadOnlyList<int> Ids, int PassageStart, IReadOnlyList<(int Start, int End)> Characters)
{
    /// <summary>Returns the positions of the first and last token of an answer in this row; null if it is not entirely in it.</summary>
    /// <param name="answer">A span of the passage.</param>
    public (int First, int Last)? Locate(AnswerSpan answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.Start < Characters[0].Start || answer.End > Characters[^1].End)
            return null;
        // An answer that starts or ends within a word takes the whole word.
        int first = Characters.Index().FirstOrDefault(token => token.Item.End > answer.Start, (-1, default)).Index;
        int last = Characters.Index().LastOrDefault(token => token.Item.Start < answer.End, (-1, default)).Index;
        return first < 0 || last < first ? null : (PassageStart + first, PassageStart + last);
    }
}
