namespace Tenon.Text.SdkDocs;

/// <summary>A passage about one type.</summary>
/// <param name="Namespace">Namespace of the type.</param>
/// <param name="Facts">The sentences of the passage, at least three, no two of which answer the same question.</param>
internal sealed record SdkPassage(string Namespace, IReadOnlyList<SdkFact> Facts)
{
    /// <summary>Asks about one of the facts.</summary>
    /// <param name="index">Index of the fact.</param>
    /// <param name="question">The question.</param>
    /// <param name="isAnswerable">Whether the passage contains the sentence with the answer.</param>
    public QuestionAnswerExample Ask(int index, string question, bool isAnswerable)
    {
        string[] sentences = [.. Facts.Index().Where(fact => isAnswerable || fact.Index != index).Select(fact => fact.Item.Sentence)];
        SdkFact asked = Facts[index];
        int start = Facts.Take(index).Sum(fact => fact.Sentence.Length + 1) + asked.Start;
        return new QuestionAnswerExample(
            question, string.Join(' ', sentences), isAnswerable ? [new AnswerSpan(start, asked.Answer)] : []);
    }
}

/// <summary>Divides the documentation of types into passages.</summary>
internal static class SdkPassages
{
    private const int FewestSentences = 3;

    /// <summary>Reads the passages, in the order of files and types. Sentences that occurred before are left out.</summary>
    /// <param name="files">The documentation files.</param>
    /// <param name="longestPassage">Maximum number of characters in a passage.</param>
    /// <param name="longestAnswer">Maximum number of characters in an answer.</param>
    public static IEnumerable<SdkPassage> Read(IReadOnlyList<string> files, int longestPassage, int longestAnswer)
    {
        var parsed = new List<DocumentedMember>[files.Count];
        Parallel.For(0, files.Count, i => parsed[i] = DocumentationReader.Read(files[i]));
        HashSet<string> types = MemberNames.Types(parsed.SelectMany(members => members));
        var answers = new HashSet<string>(StringComparer.Ordinal);
        foreach (IGrouping<string, DocumentedMember> type in parsed.SelectMany(members => members)
            .GroupBy(member => MemberNames.Owner(member.Id), StringComparer.Ordinal))
        {
            // Of several overloads, the first states a fact.
            IEnumerable<SdkFact> facts = type.SelectMany(member => SdkFacts.Of(member, longestAnswer))
                .DistinctBy(fact => (fact.Kind, fact.Member, fact.Detail)).Where(fact => answers.Add(fact.Sentence));
            foreach (IReadOnlyList<SdkFact> passage in Divide(facts, longestPassage))
                yield return new SdkPassage(MemberNames.Namespace(type.Key, types), passage);
        }
    }

    private static IEnumerable<IReadOnlyList<SdkFact>> Divide(IEnumerable<SdkFact> facts, int longest)
    {
        List<SdkFact> passage = [];
        int length = 0;
        foreach (SdkFact fact in facts)
        {
            if (length + fact.Sentence.Length > longest)
            {
                if (passage.Count >= FewestSentences)
                    yield return passage;
                (passage, length) = ([], 0);
            }

            passage.Add(fact);
            length += fact.Sentence.Length + 1;
        }

        if (passage.Count >= FewestSentences)
            yield return passage;
    }
}
