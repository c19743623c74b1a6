using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>Options of <c>sdk-questions</c>.</summary>
public sealed record SdkQuestionsOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, which contains <c>packs</c> and <c>shared</c>. Defaults to the location of the current
    /// runtime, then <c>DOTNET_ROOT</c>, then <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    [Path]
    public string? Sdk { get; init; }

    /// <summary>Maximum number of characters in an answer; longer ones are skipped.</summary>
    [Range(20, 10_000)]
    public int LongestAnswer { get; init; } = 160;

    /// <summary>Maximum share of the questions that are held out for validation: all questions about some namespaces.</summary>
    [Range(0.001, 0.5)]
    public double HeldOut { get; init; } = 0.05;
}
