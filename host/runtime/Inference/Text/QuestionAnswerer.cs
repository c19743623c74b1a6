using Tenon.Host.Models;
using TorchSharp;

namespace Tenon.Host.Inference.Text;

/// <summary>
/// Answers questions about passages. A passage that does not fit into the model's context is read in overlapping windows.
/// </summary>
/// <param name="model">In eval mode.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="device">Device of the model.</param>
internal sealed class QuestionAnswerer(IQuestionAnswerer model, ITokenizer tokenizer, torch.Device device)
{
    // Limits the number of windows in memory.
    private const int QuestionsAtOnce = 256;
    private const int RowsAtOnce = 16;

    /// <summary>Answers questions. Windows of similar length share a batch.</summary>
    /// <param name="asked">Questions, each with its passage.</param>
    /// <param name="options">Number and length of the answers.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>A result per question, in order, computed during enumeration.</returns>
    /// <exception cref="DataException">A passage is empty.</exception>
    public IEnumerable<AnsweredQuestion> Answer(
        IEnumerable<(string Question, string Passage)> asked, AnswerOptions options, CancellationToken stop)
    {
        foreach ((string Question, string Passage)[] part in asked.Chunk(QuestionsAtOnce))
        {
            IReadOnlyList<PassageWindow>[] windows = [.. part.Select(one => model.Windows(one.Question, one.Passage, tokenizer))];
            using IEnumerator<float[]> logits = SimilarLengths.Map(
                windows.SelectMany(own => own), window => window.Ids.Count,
                sorted => sorted.Chunk(RowsAtOnce).SelectMany(rows => Logits(rows, stop))).GetEnumerator();
            foreach (((string question, string passage), IReadOnlyList<PassageWindow> own) in part.Zip(windows))
            {
                var search = new AnswerSearch(passage, options);
                foreach (PassageWindow window in own)
                {
                    logits.MoveNext();
                    search.Add(window, logits.Current);
                }

                yield return new AnsweredQuestion(question, search.Best());
            }
        }
    }

    // For each window, the logits of first and last token, alternating: [T · 2].
    private IEnumerable<float[]> Logits(PassageWindow[] windows, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        using IDisposable inference = InferenceMode.Enter();
        using Batch batch = model.CollateWindows(windows, tokenizer).To(device);
        torch.Tensor logits = model.SpanLogits(batch); // [B, T, 2]
        return logits.cpu().contiguous().data<float>().ToArray().Chunk((int)logits.size(1) * 2);
    }
}
