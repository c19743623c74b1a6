using Tenon.Host.Data;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Inference.Text;
using TorchSharp;

namespace Tenon.Host.Evaluation;

/// <summary>Lets a model answer the questions of a split, and compares the answers with those in the data.</summary>
/// <param name="model">The model, in eval mode.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="device">Its device.</param>
/// <param name="status">Receives progress.</param>
internal sealed class QuestionEvaluation(IQuestionAnswerer model, ITokenizer tokenizer, torch.Device device, Action<string> status)
{
    /// <summary>Opens the evaluation; null if the data has no questions or the model does not answer any.</summary>
    /// <param name="model">Any model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="device">Its device.</param>
    /// <param name="data">The data.</param>
    /// <param name="status">Receives progress.</param>
    public static QuestionEvaluation? Open(
        IModel model, ITokenizer? tokenizer, torch.Device device, OpenedData data, Action<string> status) =>
        data.ExampleType == typeof(QuestionAnswerExample) && tokenizer is not null && model is IQuestionAnswerer answerer
            && model.UnsupportedReason(typeof(IQuestionAnswerer)) is null
            ? new QuestionEvaluation(answerer, tokenizer, device, status) : null;

    /// <summary>Evaluates all questions of a split.</summary>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="stop">Cancels the work.</param>
    public QuestionFigures Evaluate(IRunData data, Split split, CancellationToken stop)
    {
        QuestionAnswerExample[] asked = [.. data.Examples<QuestionAnswerExample>(split)!.All()];
        status($"answering {asked.Length} questions");
        string[] answers =
        [
            .. new QuestionAnswerer(model, tokenizer, device)
                .Answer(asked.Select(one => (one.Question, one.Passage)), new AnswerOptions(), stop).Select(one => one.Answers[0].Text),
        ];
        var scores = asked.Zip(answers, (one, answer) => (IsAnswerable: one.Answers.Count > 0, F1: SquadScore.F1(answer, one))).ToArray();
        double[] answerable = [.. scores.Where(score => score.IsAnswerable).Select(score => score.F1)];
        double[] unanswerable = [.. scores.Where(score => !score.IsAnswerable).Select(score => score.F1)];
        return new QuestionFigures
        {
            Questions = asked.Length,
            Unanswerable = unanswerable.Length,
            Exact = SquadScore.Exact(answers, asked),
            F1 = scores.Average(score => score.F1),
            F1OfAnswerable = answerable.Length > 0 ? answerable.Average() : null,
            UnanswerableFound = unanswerable.Length > 0 ? unanswerable.Average() : null,
            Baseline = split == Split.Train ? null : NearestSentence.Of(
                [.. data.Examples<QuestionAnswerExample>(Split.Train)!.All()], asked, stop),
            Example = $"{asked[0].Question} → {(answers[0].Length > 0 ? answers[0] : "no answer")}",
        };
    }
}
