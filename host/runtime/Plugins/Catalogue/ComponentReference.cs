namespace Tenon.Host.Plugins.Catalogue;

/// <summary>A recipe's reference to a component: <c>gpt</c>, or <c>gpt@1.1</c> with a NuGet version range of its plugin.</summary>
internal static class ComponentReference
{
    /// <summary>Splits a reference into name and version range; the range is null if absent.</summary>
    /// <param name="use">The value of the key <c>use</c>.</param>
    public static (string Name, string? Version) Split(string use)
    {
        int at = use.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? (use, null) : (use[..at], use[(at + 1)..]);
    }
}
