using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>The forms of held-out questions.</summary>
public enum QuestionForms
{
    /// <summary>All forms.</summary>
    All,

    /// <summary>The forms that also occur in training.</summary>
    Known,

    /// <summary>The three forms that do not occur in training.</summary>
    New,
}

/// <summary>Options of <c>sdk-passages</c>.</summary>
public sealed record SdkPassagesOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, which contains <c>packs</c> and <c>shared</c>. Defaults to the location of the current
    /// runtime, then <c>DOTNET_ROOT</c>, then <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    [Path]
    public string? Sdk { get; init; }

    /// <summary>Maximum number of characters in a passage, which consists of whole sentences about one type.</summary>
    [Range(200, 100_000)]
    public int LongestPassage { get; init; } = 400;

    /// <summary>Maximum number of characters in an answer; longer ones are skipped.</summary>
    [Range(20, 200)]
    public int LongestAnswer { get; init; } = 100;

    /// <summary>Maximum number of questions about a passage, drawn at random.</summary>
    [Range(1, 100)]
    public int PerPassage { get; init; } = 3;

    /// <summary>Share of the questions that cannot be answered, because the sentence with the answer is removed from the passage.</summary>
    [Range(0.0, 0.9)]
    public double Unanswerable { get; init; } = 0.2;

    /// <summary>Forms of the held-out questions. Training questions never have one of the new forms.</summary>
    public QuestionForms Forms { get; init; } = QuestionForms.All;

    /// <summary>Maximum share of the questions that are held out for validation: all questions about some namespaces.</summary>
    [Range(0.001, 0.5)]
    public double HeldOut { get; init; } = 0.05;
}
