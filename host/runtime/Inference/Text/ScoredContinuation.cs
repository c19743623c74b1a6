namespace Tenon.Host.Inference.Text;

/// <summary>A text that a beam search found.</summary>
/// <param name="Text">The text, without the prompt.</param>
/// <param name="Ids">Token ids of the text.</param>
/// <param name="Ending">Why it ended: <c>length</c>, <c>end of text</c> or <c>context</c>.</param>
/// <param name="Score">The log-probability of its tokens divided by their number to the power of the length penalty.</param>
public sealed record ScoredContinuation(string Text, IReadOnlyList<int> Ids, string Ending, double Score);
