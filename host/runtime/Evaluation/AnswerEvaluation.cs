using Tenon.Host.Data;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Inference.Text;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Lets a model generate texts, greedily, and compares them with those in the data: the last reply of conversations, the response to a
/// prompt, or the target of a source.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer, with a chat template for conversations.</param>
/// <param name="status">Receives progress.</param>
internal sealed class AnswerEvaluation(ICausalLanguageModel model, ITokenizer tokenizer, Action<string> status)
{
    private const int MaxNewTokens = 256;

    /// <summary>Opens the evaluation.</summary>
    /// <exception cref="ModelException">The model does not generate text.</exception>
    /// <exception cref="DataException">The data contains nothing to answer.</exception>
    public static AnswerEvaluation Open(IModel model, ITokenizer? tokenizer, OpenedData data, Action<string> status)
    {
        if (model is not ICausalLanguageModel language || tokenizer is null)
            throw new ModelException(
                $"--answers evaluates the texts that a language model generates, but {model.GetType().Name} is not one. " +
                "Omit the option.");
        bool fits = data.ExampleType == typeof(PromptExample)
            || (data.ExampleType == typeof(TextPairExample) && model is IEncoderDecoder)
            || (data.ExampleType == typeof(ChatExample) && data.Facts.ChatTemplate is not null);
        return fits ? new AnswerEvaluation(language, tokenizer, status)
            : throw new DataException("--answers needs data with conversations, prompts with answers, or pairs of texts for an " +
                $"encoder-decoder, such as 'chat', 'prompts' or 'text-pairs', but the data '{data.Settings.Name}' has none. " +
                "Omit the option.");
    }

    /// <summary>Evaluates the first examples of a split.</summary>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="count">Maximum number of examples.</param>
    /// <param name="stems">Whether ROUGE compares the stems of words.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="DataException">A conversation has no message before its reply, or the template rejects it.</exception>
    public AnswerFigures Evaluate(RunData data, Split split, int count, bool stems, CancellationToken stop)
    {
        Asked[] asked = [.. All(data, split).Take(count)];
        if (asked.Length == 0)
            throw new DataException("--answers: no conversation has a message before the assistant's last one.");
        status($"generating {asked.Length} texts");
        IReadOnlyList<Continuation> replies;
        using (InferenceMode.Enter())
        {
            var sampling = new SamplingOptions { MaxNewTokens = Math.Min(MaxNewTokens, model.ContextLength), Temperature = 0 };
            replies = asked[0].Conversation is null
                ? new TextGenerator().Generate(
                    model, tokenizer, [.. asked.Select(one => one.Text)], sampling, new SeededRandom(1), onText: null, stop)
                : TextGenerator.Chat(
                    model, tokenizer, [.. asked.Select(one => one.Conversation!)], sampling, new SeededRandom(1), stop: stop);
        }

        var score = new ChrF();
        var tokenization = BleuTokenization.For(asked.Select(one => one.Answer));
        var bleu = new Bleu(tokenization);
        var rouge = new Rouge(stems);
        foreach ((Asked one, Continuation continuation) in asked.Zip(replies))
        {
            score.Add(continuation.Text, one.Answer);
            bleu.Add(continuation.Text, one.Answer);
            rouge.Add(continuation.Text, one.Answer);
        }

        TranslationFigures? translations = split == Split.Train ? null : Translations(data, asked, replies, tokenization, stop);
        ChrF? nearest = split == Split.Train || translations is not null ? null : Nearest(data, asked);
        return new AnswerFigures
        {
            Answers = asked.Length,
            ChrF = score.Score,
            ChrFOfNearest = translations?.All.Memory.ChrF ?? nearest?.Score,
            Translations = translations,
            Bleu = bleu.Score,
            BleuSignature = bleu.Signature,
            Rouge = rouge.Figures,
            Exact = asked.Zip(replies).Count(pair => pair.Second.Text.Trim() == pair.First.Answer.Trim()) / (double)asked.Length,
            Ended = replies.Count(continuation => continuation.Ending == GenerationEnding.EndOfText) / (double)replies.Count,
            Example = $"{asked[0].Text} → {replies[0].Text.Trim()}",
        };
    }

    // Null if the data has no pairs.
    private TranslationFigures? Translations(
        RunData data, Asked[] asked, IReadOnlyList<Continuation> translations, BleuTokenization tokenization, CancellationToken stop)
    {
        if (data.Examples<TextPairExample>(Split.Train) is not { } pairs)
            return null;
        status("translating with a dictionary and a translation memory");
        return new TranslationEvaluation(tokenization).Evaluate(
            [.. pairs.All().Select(pair => (pair.First, pair.Second))],
            [.. asked.Zip(translations, (one, translation) => (one.Text, one.Answer, translation.Text))], stop);
    }

    private static ChrF Nearest(RunData data, IEnumerable<Asked> asked)
    {
        var nearest = new NearestQuestion([.. All(data, Split.Train).Select(one => (one.Text, one.Answer))]);
        var score = new ChrF();
        foreach (Asked one in asked)
            score.Add(nearest.Answer(one.Text), one.Answer);
        return score;
    }

    private static IEnumerable<Asked> All(RunData data, Split split)
    {
        if (data.Examples<TextPairExample>(split) is { } pairs)
            return pairs.All().Select(pair => new Asked(pair.First, pair.Second, null));
        return data.Examples<PromptExample>(split) is { } prompts
            ? prompts.All().Select(prompt => new Asked(prompt.Prompt, prompt.Response, null))
            : Conversations(data.Examples<ChatExample>(split)!.All());
    }

    // Splits each conversation into the messages before the assistant's last one, and that message.
    private static IEnumerable<Asked> Conversations(IEnumerable<ChatExample> examples)
    {
        foreach (Conversation chat in examples.Select(example => example.Conversation).OfType<Conversation>())
        {
            int last = chat.Messages.Index().LastOrDefault(message => message.Item.Role == ChatMessage.Assistant).Index;
            if (last > 0)
            {
                Conversation prompt = chat with { Messages = [.. chat.Messages.Take(last)] };
                yield return new Asked(prompt.Messages[^1].Content, chat.Messages[last].Content, prompt);
            }
        }
    }

    // A question with the answer in the data.
    private sealed record Asked(string Text, string Answer, Conversation? Conversation);
}
