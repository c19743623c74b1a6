using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Compiles the regular expressions in recipes.</summary>
internal static class TextPattern
{
    // Catastrophic backtracking becomes an error instead of a hang.
    private static readonly TimeSpan PerText = TimeSpan.FromSeconds(1);

    /// <summary>Compiles a pattern.</summary>
    /// <param name="pattern">A .NET regular expression.</param>
    /// <param name="ignoreCase">Whether to ignore case.</param>
    public static Regex Of(string pattern, bool ignoreCase) => new(
        pattern, ignoreCase ? System.Text.RegularExpressions.RegexOptions.IgnoreCase : System.Text.RegularExpressions.RegexOptions.None,
        PerText);
}
