using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>When the built-in sentences replace the documentation.</summary>
public enum FallbackUse
{
    /// <summary>If no documentation is found, or too little.</summary>
    Auto,

    /// <summary>Never: missing documentation is an error.</summary>
    Never,

    /// <summary>Always: the same texts on every machine.</summary>
    Always,
}

/// <summary>Options of <c>sdk-docs</c>.</summary>
public sealed record SdkDocsOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, which contains <c>packs</c> and <c>shared</c>. Defaults to the location of the current
    /// runtime, then <c>DOTNET_ROOT</c>, then <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    [Path]
    public string? Sdk { get; init; }

    /// <summary>When WordNet's example sentences, which are built into the plugin, replace the documentation.</summary>
    public FallbackUse Fallback { get; init; } = FallbackUse.Auto;

    /// <summary>Minimum number of characters of documentation; an SDK with fewer is treated as having none.</summary>
    [Range(1, 1_000_000_000)]
    public long MinimumCharacters { get; init; } = 1_000_000;
}
