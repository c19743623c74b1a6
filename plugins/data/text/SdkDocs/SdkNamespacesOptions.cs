using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.SdkDocs;

/// <summary>Options of <c>sdk-namespaces</c>.</summary>
public sealed record SdkNamespacesOptions
{
    /// <summary>
    /// Root folder of the .NET SDK, which contains <c>packs</c> and <c>shared</c>. Defaults to the location of the current
    /// runtime, then <c>DOTNET_ROOT</c>, then <c>dotnet</c> on <c>PATH</c>.
    /// </summary>
    [Path]
    public string? Sdk { get; init; }

    /// <summary>Number of namespaces; those with the most texts are used.</summary>
    [Range(2, 100)]
    public int Classes { get; init; } = 10;

    /// <summary>Maximum number of texts per namespace, drawn at random, to balance the classes.</summary>
    [Range(1, 1_000_000)]
    public int PerClass { get; init; } = 1500;
}
