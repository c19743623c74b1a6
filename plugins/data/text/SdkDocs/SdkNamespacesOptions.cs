using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>Options of <c>sdk-namespaces</c>.</summary>
public sealed record SdkNamespacesOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, the one with <c>packs</c> and <c>shared</c> in it; null: where this program's
    /// runtime lies, then <c>DOTNET_ROOT</c>, then the <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    public string? Sdk { get; init; }

    /// <summary>How many namespaces: those with the most texts.</summary>
    [Range(2, 100)]
    public int Classes { get; init; } = 10;

    /// <summary>Most texts of one namespace, drawn at random, so that the classes are of similar size.</summary>
    [Range(1, 1_000_000)]
    public int PerClass { get; init; } = 1500;
}
