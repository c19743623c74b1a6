using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>Options of <c>sdk-references</c>.</summary>
public sealed record SdkReferencesOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, which contains <c>packs</c> and <c>shared</c>. Defaults to the location of the current
    /// runtime, then <c>DOTNET_ROOT</c>, then <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    [Path]
    public string? Sdk { get; init; }

    /// <summary>Maximum number of texts, drawn at random.</summary>
    [Range(1, 1_000_000)]
    public int Count { get; init; } = 12_000;

    /// <summary>Maximum number of words in a text; longer texts are skipped.</summary>
    [Range(3, 10_000)]
    public int LongestText { get; init; } = 40;
}
