using System.Globalization;

namespace Tenon.Text.SdkDocs;

/// <summary>
/// Questions about the .NET SDK with answers from its documentation, as conversations: what a type or member does, and what a method
/// returns. All questions about some namespaces are held out (<see cref="HeldOutNamespaces"/>).
/// </summary>
[Data("sdk-questions", "Questions about the .NET SDK with answers from its documentation", Stability = Stability.Preview)]
public sealed class SdkQuestionsData : IData<SdkQuestionsOptions, ChatExample>
{
    // The verb of a question, and the heading of the text that answers it; the summary has no heading.
    private static readonly (string Verb, string Heading)[] Asked = [("do", ""), ("return", "Returns")];

    /// <inheritdoc/>
    public IDataset<ChatExample> Open(SdkQuestionsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        SdkPack pack = SdkPacks.Needed("sdk-questions", options.Sdk, "'chat'", context);
        SdkQuestion[] questions = [.. Questions(pack.Files, options.LongestAnswer)];
        HashSet<string> heldOut = HeldOutNamespaces.Choose(
            [.. questions.Select(question => question.Namespace)], options.HeldOut, context.Random.Fork("held-out namespaces"));
        ChatExample[] train = [.. questions.Where(question => !heldOut.Contains(question.Namespace)).Select(question => question.Example)];
        ChatExample[] validation = [.. questions.Where(question => heldOut.Contains(question.Namespace)).Select(question => question.Example)];
        if (train.Length == 0 || validation.Length == 0)
            throw new DataException($"sdk-questions: the documentation of .NET SDK {pack.Version} has too few namespaces with short " +
                "descriptions. Raise 'longestAnswer'.");
        // Otherwise, questions about the same type would be adjacent.
        context.Random.Fork("order").Shuffle<ChatExample>(validation);
        return new InMemoryDataset<ChatExample>(
            new DataFacts
            {
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"documentation of .NET SDK {pack.Version}: {train.Length:N0} questions; for validation " +
                        $"{validation.Length:N0} about {heldOut.Count} other namespaces"),
                ChatTemplate = Chat.ChatTemplates.Of(file: null, context),
                Fingerprint = CacheFolder.Fingerprint(
                    [.. pack.Files.Select(CacheFolder.Describe), "sdk-questions/2",
                        string.Create(
                            CultureInfo.InvariantCulture, $"{options.LongestAnswer} {options.HeldOut:R} {context.Random.Seed}")]),
            },
            train, validation);
    }

    /// <summary>Returns questions and answers in the order of the files; no question and no answer occurs twice.</summary>
    internal static IEnumerable<SdkQuestion> Questions(IReadOnlyList<string> files, int longestAnswer)
    {
        var parsed = new List<DocumentedMember>[files.Count];
        Parallel.For(0, files.Count, i => parsed[i] = DocumentationReader.Read(files[i]));
        HashSet<string> types = MemberNames.Types(parsed.SelectMany(members => members));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (DocumentedMember member in parsed.SelectMany(members => members))
        {
            string name = MemberNames.Readable(member.Id);
            foreach ((string verb, string heading) in Asked)
            {
                string? answer = member.Texts.FirstOrDefault(text => text.Heading == heading).Text;
                if (answer is not null && answer.Length <= longestAnswer && seen.Add(answer) && seen.Add($"What does {name} {verb}?"))
                {
                    yield return new SdkQuestion(
                        MemberNames.Namespace(MemberNames.Owner(member.Id), types), $"What does {name} {verb}?", answer);
                }
            }
        }
    }
}

/// <summary>A question with its answer.</summary>
/// <param name="Namespace">Namespace of the type that it is about.</param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The answer.</param>
internal sealed record SdkQuestion(string Namespace, string Question, string Answer)
{
    /// <summary>The conversation.</summary>
    public ChatExample Example =>
        new(new Conversation([new ChatMessage(ChatMessage.User, Question), new ChatMessage(ChatMessage.Assistant, Answer)]));
}
