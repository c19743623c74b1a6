using System.Text.RegularExpressions;

namespace Tenon.Cli.Console;

/// <summary>Texts as a shell reads them as one word, for commands to type next.</summary>
internal static partial class ShellWord
{
    /// <summary>A path or a name: in quotes only where it has to be.</summary>
    /// <param name="text">The text.</param>
    public static string Of(string text)
    {
        // On Windows a backslash stands between folders, and has no other meaning in quotes.
        if (OperatingSystem.IsWindows())
            return Plain().IsMatch(text.Replace('\\', '/')) ? text : $"\"{text}\"";
        return Plain().IsMatch(text) ? text : Quoted(text);
    }

    /// <summary>A text in double quotes, in which shells read these four.</summary>
    /// <param name="text">The text.</param>
    public static string Quoted(string text) =>
        $"\"{"\\\"$`".Aggregate(text, (all, special) => all.Replace(special.ToString(), $"\\{special}", StringComparison.Ordinal))}\"";

    [GeneratedRegex(@"^[\w@%+=:,./-]+$")]
    private static partial Regex Plain();
}
