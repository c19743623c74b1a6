using Tenon.Host.Data;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Inference.Text;

namespace Tenon.Host.Evaluation;

/// <summary>Lets a model generate the last reply of conversations, greedily, and compares it with the reply in the data.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer with a chat template.</param>
/// <param name="status">Receives progress.</param>
internal sealed class AnswerEvaluation(ICausalLanguageModel model, ITokenizer tokenizer, Action<string> status)
{
    private const int MaxNewTokens = 256;

    /// <summary>Opens the evaluation.</summary>
    /// <exception cref="ModelException">The model does not generate text.</exception>
    /// <exception cref="DataException">The data does not contain conversations.</exception>
    public static AnswerEvaluation Open(IModel model, ITokenizer? tokenizer, OpenedData data, Action<string> status)
    {
        if (model is not ICausalLanguageModel language || tokenizer is null)
            throw new ModelException(
                $"--answers evaluates the replies of a causal language model, but {model.GetType().Name} is not one. " +
                "Omit the option.");
        return data.ExampleType == typeof(ChatExample) && data.Facts.ChatTemplate is not null
            ? new AnswerEvaluation(language, tokenizer, status)
            : throw new DataException("--answers needs data with conversations, such as 'chat', but the data " +
                $"'{data.Settings.Name}' has none. Omit the option.");
    }

    /// <summary>Evaluates the first conversations of a split.</summary>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="count">Maximum number of conversations.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="DataException">A conversation has no message before its reply, or the template rejects it.</exception>
    public AnswerFigures Evaluate(RunData data, Split split, int count, CancellationToken stop)
    {
        (Conversation Prompt, string Reply)[] asked = [.. Conversations(data, split).Take(count)];
        if (asked.Length == 0)
            throw new DataException("--answers: no conversation has a message before the assistant's last one.");
        status($"generating {asked.Length} replies");
        IReadOnlyList<Continuation> replies;
        using (InferenceMode.Enter())
        {
            var sampling = new SamplingOptions { MaxNewTokens = Math.Min(MaxNewTokens, model.ContextLength), Temperature = 0 };
            replies = new TextGenerator()
                .Chat(model, tokenizer, [.. asked.Select(one => one.Prompt)], sampling, new SeededRandom(1), onText: null, stop);
        }

        var score = new ChrF();
        foreach (((_, string reply), Continuation continuation) in asked.Zip(replies))
            score.Add(continuation.Text, reply);
        return new AnswerFigures
        {
            Answers = asked.Length,
            ChrF = score.Score,
            ChrFOfNearest = split == Split.Train ? null : Nearest(data, asked),
            Ended = replies.Count(continuation => continuation.Ending == GenerationEnding.EndOfText) / (double)replies.Count,
            Example = $"{Last(asked[0].Prompt)} → {replies[0].Text.Trim()}",
        };
    }

    private static double Nearest(RunData data, IEnumerable<(Conversation Prompt, string Reply)> asked)
    {
        var nearest = new NearestQuestion([.. Conversations(data, Split.Train).Select(one => (Last(one.Prompt), one.Reply))]);
        var score = new ChrF();
        foreach ((Conversation prompt, string reply) in asked)
            score.Add(nearest.Answer(Last(prompt)), reply);
        return score.Score;
    }

    private static string Last(Conversation prompt) => prompt.Messages[^1].Content;

    // Splits each conversation into the messages before the assistant's last one, and that message.
    private static IEnumerable<(Conversation Prompt, string Reply)> Conversations(RunData data, Split split)
    {
        IExamples<ChatExample> examples = data.Examples<ChatExample>(split)!;
        for (long i = 0; i < examples.Count; i++)
        {
            if (examples[i].Conversation is not { } chat)
                continue;
            int last = chat.Messages.Index().LastOrDefault(message => message.Item.Role == ChatMessage.Assistant).Index;
            if (last > 0)
                yield return (chat with { Messages = [.. chat.Messages.Take(last)] }, chat.Messages[last].Content);
        }
    }
}
