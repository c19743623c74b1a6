namespace Tenon.Text.SdkDocs;

/// <summary>The forms of questions about facts.</summary>
internal static class SdkForms
{
    /// <summary>Returns the forms that occur in training.</summary>
    /// <param name="fact">The fact that answers the question.</param>
    public static IReadOnlyList<string> Known(SdkFact fact) => fact.Kind switch
    {
        SdkFactKind.Action =>
            [$"What does {fact.Member} {SdkVerbs.BaseForm(fact.Detail)}?", $"{fact.Member} {SdkVerbs.InSentence(fact.Detail)} what?"],
        SdkFactKind.Result => [$"What does {fact.Member} return?", $"What is the result of {fact.Member}?"],
        SdkFactKind.Condition => [$"When does {fact.Member} return true?", $"When is the result of {fact.Member} true?"],
        SdkFactKind.Parameter =>
            [$"What is the parameter {fact.Detail} of {fact.Member}?", $"What does {fact.Detail} stand for in {fact.Member}?"],
        _ => [$"When does {fact.Member} throw {fact.Detail}?", $"In which case does {fact.Member} throw {fact.Detail}?"],
    };

    /// <summary>Returns the form that is held out from training; null for kinds of facts without one.</summary>
    /// <param name="fact">The fact that answers the question.</param>
    public static string? New(SdkFact fact) => fact.Kind switch
    {
        SdkFactKind.Action => $"Can you tell me what {fact.Member} {SdkVerbs.InSentence(fact.Detail)}?",
        SdkFactKind.Parameter => $"Which value does {fact.Member} expect for {fact.Detail}?",
        SdkFactKind.Exception => $"What makes {fact.Member} throw {fact.Detail}?",
        _ => null,
    };
}
