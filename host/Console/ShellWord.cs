using System.Text.RegularExpressions;

namespace Tenon.Cli.Console;

/// <summary>Quotes texts as single shell words, for suggested commands.</summary>
internal static partial class ShellWord
{
    /// <summary>Returns a path or name, quoted only if necessary.</summary>
    /// <param name="text">The text.</param>
    public static string Of(string text)
    {
        // On Windows a backslash separates folders and has no special meaning in quotes.
        if (OperatingSystem.IsWindows())
            return Plain().IsMatch(text.Replace('\\', '/')) ? text : $"\"{text}\"";
        return Plain().IsMatch(text) ? text : Quoted(text);
    }

    /// <summary>Returns a text in double quotes; the four characters that shells interpret there are escaped.</summary>
    /// <param name="text">The text.</param>
    public static string Quoted(string text) =>
        $"\"{"\\\"$`".Aggregate(text, (all, special) => all.Replace(special.ToString(), $"\\{special}", StringComparison.Ordinal))}\"";

    [GeneratedRegex(@"^[\w@%+=:,./-]+$")]
    private static partial Regex Plain();
}
