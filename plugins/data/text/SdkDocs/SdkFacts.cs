using System.Text.RegularExpressions;

namespace Tenon.Text.SdkDocs;

/// <summary>Rewrites the texts of a member's documentation as sentences that name the member.</summary>
internal static partial class SdkFacts
{
    private const int LongestSentence = 240;

    /// <summary>Returns the facts about a member in the order of its texts, each of them once.</summary>
    /// <param name="member">The member.</param>
    /// <param name="longestAnswer">Maximum number of characters in an answer; facts with longer ones are skipped.</param>
    public static IEnumerable<SdkFact> Of(DocumentedMember member, int longestAnswer)
    {
        string name = MemberNames.Readable(member.Id);
        // A constructor has the name of its type, and operators have names that nobody writes.
        if (member.Id.Contains(".#ctor", StringComparison.Ordinal) || name.Contains('_', StringComparison.Ordinal))
            return [];
        return member.Texts.Select(text => Of(name, text.Heading, FirstSentence(text.Text))).OfType<SdkFact>()
            .Where(fact => fact.Length <= longestAnswer && fact.Sentence.Length <= LongestSentence)
            .DistinctBy(fact => (fact.Kind, fact.Detail));
    }

    private static SdkFact? Of(string name, string heading, string text)
    {
        if (heading.Length == 0)
        {
            return SdkVerbs.Find(text) is { } verb
                ? Make(SdkFactKind.Action, name, verb, $"{name} {SdkVerbs.InSentence(verb)} ", text[(verb.Length + 1)..]) : null;
        }

        if (heading == "Returns")
        {
            return Otherwise().Match(text) is { Success: true } condition
                ? Make(SdkFactKind.Condition, name, "", $"{name} returns true if ", condition.Groups[1].Value, "; otherwise, false")
                : HasArticle(text) ? Make(SdkFactKind.Result, name, "", $"{name} returns ", Uncapitalized(text)) : null;
        }

        if (heading.EndsWith("Exception", StringComparison.Ordinal))
        {
            string clause = Uncapitalized(If().Replace(text, ""));
            return clause.Contains("-or-", StringComparison.OrdinalIgnoreCase)
                ? null : Make(SdkFactKind.Exception, name, heading, $"{name} throws {heading} if ", clause);
        }

        return char.IsAsciiLetterLower(heading[0]) && HasArticle(text)
            ? Make(SdkFactKind.Parameter, name, heading, $"The parameter {heading} of {name} is ", Uncapitalized(text)) : null;
    }

    private static SdkFact? Make(SdkFactKind kind, string name, string detail, string before, string answer, string after = "")
    {
        string trimmed = answer.TrimEnd('.', ' ');
        return trimmed.Length == 0 ? null : new SdkFact(kind, name, detail, $"{before}{trimmed}{after}.", before.Length, trimmed.Length);
    }

    private static bool HasArticle(string text) => Article().IsMatch(text);

    // Articles and other plain words start with one capital letter; names have more, and parameters none.
    private static string Uncapitalized(string text) =>
        Article().IsMatch(text) || PlainWord().IsMatch(text) ? char.ToLowerInvariant(text[0]) + text[1..] : text;

    private static string FirstSentence(string text) => SentenceEnd().Split(text)[0];

    [GeneratedRegex(@"^(?:An?|The) ")]
    private static partial Regex Article();

    [GeneratedRegex(@"^(?:This|One|No|Any|All|Both|Either|Neither|There|Another|Access|More|Some|Not|It|In|Attempt(?:ed|ing)?) ")]
    private static partial Regex PlainWord();

    [GeneratedRegex(@"^(?:If|When|Thrown (?:if|when)) ")]
    private static partial Regex If();

    [GeneratedRegex(@"^[Tt]rue if (.+?)[;,]? otherwise,? (?:it is )?false\.?$")]
    private static partial Regex Otherwise();

    [GeneratedRegex(@"(?<=[.!?])\s+(?=\p{Lu})")]
    private static partial Regex SentenceEnd();
}
