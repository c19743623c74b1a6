using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>Options of <c>sdk-references</c>.</summary>
public sealed record SdkReferencesOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, the one with <c>packs</c> and <c>shared</c> in it; null: where this program's
    /// runtime lies, then <c>DOTNET_ROOT</c>, then the <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    public string? Sdk { get; init; }

    /// <summary>Most texts, drawn at random.</summary>
    [Range(1, 1_000_000)]
    public int Count { get; init; } = 12_000;

    /// <summary>Most words of a text; longer ones are left out.</summary>
    [Range(3, 10_000)]
    public int LongestText { get; init; } = 40;
}
