using System.Text.RegularExpressions;

namespace Tenon.Tests;

/// <summary>
/// A page that leads a reader from nothing to a result. Its code blocks are steps. A block after <c>`name`:</c> is a file. A block whose
/// lines all start with <c>tenon</c> or <c>dotnet</c> contains commands, which must succeed unless the sentence before the block names
/// another exit code. A block of type <c>text</c> shows the output of the last command, with … for omitted lines and <c>/home/me</c> for
/// the folder.
/// </summary>
internal static partial class GuidedPath
{
    private const string ShownFolder = "/home/me";

    /// <summary>What a command printed.</summary>
    /// <param name="ExitCode">Its exit code.</param>
    /// <param name="Printed">Output and errors.</param>
    public readonly record struct Outcome(int ExitCode, string Printed);

    /// <summary>Follows a page in a folder.</summary>
    /// <param name="page">Its path in the repository.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="run">Runs a program with arguments in the folder.</param>
    /// <returns>Number of commands that ran.</returns>
    public static int Follow(string page, string folder, Func<string, string[], Outcome> run)
    {
        int commands = 0;
        string printed = "";
        foreach (Match block in Block().Matches(Repository.Read(page).ReplaceLineEndings("\n")))
        {
            string before = block.Groups["before"].Value, content = block.Groups["content"].Value;
            string[] lines = content.Split('\n');
            if (block.Groups["type"].Value == "text")
            {
                Compare(page, lines, printed);
            }
            else if (lines.All(line => Command().IsMatch(line)))
            {
                int expected = ExitCode().Match(before) is { Success: true } named ? int.Parse(named.Groups["code"].Value) : 0;
                foreach (string line in lines)
                {
                    string[] words = [.. Word().Matches(line)
                        .Select(word => word.Groups["quoted"].Success ? word.Groups["quoted"].Value : word.Value)];
                    Outcome outcome = run(words[0], words[1..]);
                    printed = outcome.Printed.Replace(folder, ShownFolder, StringComparison.Ordinal);
                    outcome.ExitCode.Should().Be(expected, "'{0}' shows '{1}', which printed:\n{2}", page, line, printed);
                    commands++;
                }
            }
            else if (FileName().Match(before) is { Success: true } name)
            {
                string path = Path.Combine(folder, name.Groups["name"].Value);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, content + "\n");
            }
        }

        return commands;
    }

    private static void Compare(string page, string[] shown, string printed)
    {
        string[] actual = [.. printed.Split('\n').Select(Normalized)];
        int next = 0;
        foreach (string line in shown.Select(Normalized).Where(line => line.Length > 0 && line != "…"))
        {
            int found = Array.IndexOf(actual, line, next);
            found.Should().BeGreaterThanOrEqualTo(0, "'{0}' shows the line '{1}' of this output:\n{2}", page, line, printed);
            next = found + 1;
        }
    }

    // Figures and times differ between machines, and with them the widths of tables.
    private static string Normalized(string line) =>
        Space().Replace(Number().Replace(Quantity().Replace(Lines().Replace(line, " "), "#"), "#"), " ").Trim();

    [GeneratedRegex(@"(?<before>[^\n]*)\n\n```(?<type>\w*)\n(?<content>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^(tenon|dotnet) ")]
    private static partial Regex Command();

    [GeneratedRegex(@"exit code (?<code>\d+)")]
    private static partial Regex ExitCode();

    [GeneratedRegex(@"`(?<name>[\w./-]+\.\w+)`:$")]
    private static partial Regex FileName();

    [GeneratedRegex("\"(?<quoted>[^\"]*)\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"[╭╮╰╯├┤┬┴┼│─█▏▎▍▌▋▊▉]+")]
    private static partial Regex Lines();

    [GeneratedRegex(@"\d+(\.\d+)? (d|h|min|s|[KMG]iB)\b( \d+ (h|min|s)\b)?")]
    private static partial Regex Quantity();

    [GeneratedRegex(@"\d[\d.,]*(e[+-]\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
