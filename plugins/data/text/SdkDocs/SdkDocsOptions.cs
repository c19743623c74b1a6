using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>When the shipped sentences take the documentation's place.</summary>
public enum FallbackUse
{
    /// <summary>When no documentation is found, or too little.</summary>
    Auto,

    /// <summary>Never: the run is refused instead.</summary>
    Never,

    /// <summary>Always: the documentation is not looked for. Equal texts on every machine.</summary>
    Always,
}

/// <summary>Options of <c>sdk-docs</c>.</summary>
public sealed record SdkDocsOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, the one with <c>packs</c> and <c>shared</c> in it; null: where this program's
    /// runtime lies, then <c>DOTNET_ROOT</c>, then the <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    public string? Sdk { get; init; }

    /// <summary>When WordNet's example sentences, which are shipped with the plugin, take the documentation's place.</summary>
    public FallbackUse Fallback { get; init; } = FallbackUse.Auto;

    /// <summary>Fewest characters of documentation that are worth training on; an SDK with less counts as one without.</summary>
    [Range(1, 1_000_000_000)]
    public long MinimumCharacters { get; init; } = 1_000_000;
}
