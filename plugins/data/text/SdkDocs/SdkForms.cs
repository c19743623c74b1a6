namespace Tenon.Text.SdkDocs;

/// <summary>The forms of questions about facts.</summary>
internal static class SdkForms
{
    /// <summary>Returns the forms that occur in training: many, so that a model learns to look for names instead of forms.</summary>
    /// <param name="fact">The fact that answers the question.</param>
    public static IReadOnlyList<string> Known(SdkFact fact)
    {
        (string member, string detail) = (fact.Member, fact.Detail);
        return fact.Kind switch
        {
            SdkFactKind.Action => OfAction(member, SdkVerbs.BaseForm(detail), SdkVerbs.InSentence(detail)),
            SdkFactKind.Result =>
            [
                $"What does {member} return?", $"What is the result of {member}?", $"{member} returns what?", $"What do I get from {member}?",
                $"Tell me the result of {member}.", $"What comes back from {member}?",
            ],
            SdkFactKind.Condition =>
            [
                $"When does {member} return true?", $"When is the result of {member} true?", $"{member} returns true in which case?",
                $"Under which condition does {member} return true?", $"Why would {member} return true?",
            ],
            SdkFactKind.Parameter =>
            [
                $"What is the parameter {detail} of {member}?", $"What does {detail} stand for in {member}?",
                $"What do I pass to {member} as {detail}?", $"{member} has a parameter {detail}. What is it?",
                $"Tell me about {detail} of {member}.", $"What is {detail} when I call {member}?",
            ],
            _ =>
            [
                $"When does {member} throw {detail}?", $"In which case does {member} throw {detail}?", $"Why does {member} throw {detail}?",
                $"{member} throws {detail} if what is the case?", $"What leads to {detail} in {member}?",
                $"What is wrong when {member} throws {detail}?", $"Under which condition does {member} throw {detail}?",
            ],
        };
    }

    /// <summary>Returns the form that is held out from training; null for kinds of facts without one.</summary>
    /// <param name="fact">The fact that answers the question.</param>
    public static string? New(SdkFact fact) => fact.Kind switch
    {
        SdkFactKind.Action => $"Can you tell me what {fact.Member} {SdkVerbs.InSentence(fact.Detail)}?",
        SdkFactKind.Parameter => $"Which value does {fact.Member} expect for {fact.Detail}?",
        SdkFactKind.Exception => $"What makes {fact.Member} throw {fact.Detail}?",
        _ => null,
    };

    private static string[] OfAction(string member, string verb, string verbs) =>
    [
        $"What does {member} {verb}?", $"{member} {verbs} what?", $"What is it that {member} {verbs}?", $"Tell me what {member} {verbs}.",
        $"What will {member} {verb}?", $"I call {member}. What does it {verb}?", $"What can I {verb} with {member}?",
        $"Name what {member} {verbs}.",
    ];
}
