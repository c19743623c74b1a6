using System.Text.RegularExpressions;
using Tenon.Host.Data;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Inference.Text;
using TorchSharp;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Masks one word in each of several held-out texts and lets a masked language model fill it in. Words that are not a single token of
/// the model are not masked, because the model predicts tokens.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer, with a mask token.</param>
/// <param name="device">Its device.</param>
/// <param name="status">Receives progress.</param>
internal sealed partial class ClozeEvaluation(
    IMaskedLanguageModel model, ITokenizer tokenizer, torch.Device device, Action<string> status)
{
    private const int Top = 5;

    // Words before and after the masked one; the model's context limits them further.
    private const int Around = 24;

    /// <summary>Opens the evaluation.</summary>
    /// <exception cref="ModelException">The model has no head for masked tokens.</exception>
    /// <exception cref="DataException">The data contains no texts.</exception>
    public static ClozeEvaluation Open(
        IMaskedLanguageModel model, ITokenizer tokenizer, torch.Device device, OpenedData data, Action<string> status)
    {
        if (model.UnsupportedReason(typeof(IMaskedLanguageModel)) is { } error)
            throw new ModelException(error);
        return data.ExampleType == typeof(TextExample)
            ? new ClozeEvaluation(model, tokenizer, device, status)
            : throw new DataException("--answers masks words of texts for a masked language model, so it needs data with texts, such as " +
                $"'text-files', but the data '{data.Settings.Name}' has none. Omit the option.");
    }

    /// <summary>Evaluates texts that are drawn from a split, with one word each.</summary>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="count">Maximum number of questions.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="DataException">No text has a word that is a single token.</exception>
    public ClozeFigures Evaluate(IRunData data, Split split, int count, CancellationToken stop)
    {
        Question[] questions = [.. Questions(data.Examples<TextExample>(split)!, new SeededRandom(1)).Take(count)];
        if (questions.Length == 0)
            throw new DataException("--answers: no text has a word of several letters that is a single token of the model.");
        status($"filling in {questions.Length} words");
        var filler = new MaskFiller(model, tokenizer, device);
        string[][] filled =
        [
            .. questions.Select(question =>
            {
                stop.ThrowIfCancellationRequested();
                return filler.Fill(question.Text, Top).Masks[0].Select(word => word.Word).ToArray();
            }),
        ];
        NextWord? baseline = split == Split.Train ? null : new NextWord(ExampleTexts.Of(data.Examples<TextExample>(Split.Train)!), stop);
        return new ClozeFigures
        {
            Questions = questions.Length,
            Accuracy = Share((question, words) => words[0] == question.Token),
            AccuracyOfFive = Share((question, words) => words.Contains(question.Token)),
            Baseline = baseline is null ? null
                : questions.Count(question => baseline.After(question.Previous) == question.Word) / (double)questions.Length,
            Example = $"{questions[0].Text} → {filled[0][0]} ({questions[0].Word})",
        };

        double Share(Func<Question, string[], bool> isRight) =>
            questions.Zip(filled).Count(pair => isRight(pair.First, pair.Second)) / (double)questions.Length;
    }

    // One question for each text, in random order, until there are no more texts.
    private IEnumerable<Question> Questions(IExamples<TextExample> texts, SeededRandom random)
    {
        long[] order = [.. Enumerable.Range(0, checked((int)texts.Count)).Select(index => (long)index)];
        random.Shuffle<long>(order);
        foreach (long index in order)
        {
            if (Ask(texts[index].Text, random.Fork(index)) is { } question)
                yield return question;
        }
    }

    private Question? Ask(string text, SeededRandom random)
    {
        Match[] words = Word().Matches(text).ToArray();
        int[] order = [.. Enumerable.Range(1, Math.Max(0, words.Length - 1))];
        random.Shuffle<int>(order);
        foreach (int at in order)
        {
            if (tokenizer.Encode($" {words[at].Value}") is not [var id])
                continue;
            (int start, int end) = (words[Math.Max(0, at - Around)].Index, End(words[Math.Min(words.Length - 1, at + Around)]));
            string mask = tokenizer.TokenText(tokenizer.Special.Mask!.Value);
            string masked = $"{text[start..words[at].Index]}{mask}{text[End(words[at])..end]}";
            if (tokenizer.Frame().Count + tokenizer.Encode(masked, recognizeSpecial: true).Count <= model.ContextLength)
                return new Question(masked, Lower(words[at]), tokenizer.TokenText(id), Lower(words[at - 1]));
        }

        return null;

        static int End(Match word) => word.Index + word.Length;
        static string Lower(Match word) => word.Value.ToLowerInvariant();
    }

    [GeneratedRegex(@"(?<!\S)[\p{L}]{3,}(?=\s|[.,;:](?:\s|$))")]
    private static partial Regex Word();

    // A text with a mask, the word and token that it replaces, and the word before it.
    private sealed record Question(string Text, string Word, string Token, string Previous);
}
