using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkTranslations;

/// <summary>Options of <c>sdk-translations</c>.</summary>
public sealed record SdkTranslationsOptions
{
    /// <summary>Target language: the name of the folders with the translations.</summary>
    [AllowedValues("cs", "de", "es", "fr", "it", "ja", "ko", "pl", "pt-BR", "ru", "tr", "zh-Hans", "zh-Hant")]
    public string Language { get; init; } = "de";

    /// <summary>Whether the translations are the sources and the English texts the targets.</summary>
    public bool Reverse { get; init; }

    /// <summary>
    /// Root folder of the .NET SDK, which contains <c>sdk</c>. Defaults to the location of the current runtime, then
    /// <c>DOTNET_ROOT</c>, then <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    [Path]
    public string? Sdk { get; init; }

    /// <summary>Longest text in characters; pairs with a longer one are left out.</summary>
    [Range(1, 100_000)]
    public int LongestText { get; init; } = 200;

    /// <summary>
    /// Share of the resource files whose texts are held out for validation. Texts that also occur in other files are not held out.
    /// </summary>
    [Range(0.0, 0.9)]
    public double HeldOut { get; init; } = 0.1;
}
