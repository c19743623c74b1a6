using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Tenon.Cli.Commands;

namespace Tenon.Integration.Tests;

/// <summary>Commands and options that the pages name exist in the program, and the pages name every command.</summary>
public sealed partial class DocumentedCommandTests
{
    // Settings of a recipe without a colon, which commands take without listing them in their help.
    private static readonly string[] RecipeKeys = ["--name", "--seed", "--output", "--tokenizer"];

    private static readonly ConcurrentDictionary<string, string> Help = new(StringComparer.Ordinal);

    public static TheoryData<string> PagesWithCommands => [.. Repository.Pages.Where(page => Commands(page).Any())];

    [Theory]
    [MemberData(nameof(PagesWithCommands))]
    public void Commands_and_their_options_exist(string page)
    {
        foreach (string line in Commands(page))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string command = words is ["plugins", var second, ..] && Subcommands("plugins").Contains(second)
                ? $"plugins {second}" : words[0];

            Subcommands("").Should().Contain(words[0], "'{0}' names 'tenon {1}'", page, line);
            foreach (string option in words.Where(word => Option().IsMatch(word) && !RecipeKeys.Contains(word)))
                Regex.IsMatch(HelpOf(command), $@"(?<![\w-]){option}(?![\w-])").Should().BeTrue("'{0}' names 'tenon {1}'", page, line);
        }
    }

    [Fact]
    public void The_page_of_commands_names_every_command()
    {
        HashSet<string> named = [.. Commands("docs/commands.md")];

        string[] all = [.. Subcommands(""), .. Subcommands("plugins").Select(command => $"plugins {command}")];
        all.Should().HaveCountGreaterThan(20);
        all.Should().AllSatisfy(command => named.Should()
            .Contain(line => line == command || line.StartsWith($"{command} ", StringComparison.Ordinal), command));
    }

    [Fact]
    public void The_page_of_commands_names_every_exit_code()
    {
        string[] named = [.. ExitCodeRow().Matches(Repository.Read("docs/commands.md")).Select(row => row.Groups["code"].Value)];

        named.Should().BeEquivalentTo(typeof(ExitCode).GetFields().Where(field => field.IsLiteral)
            .Select(field => $"{field.GetRawConstantValue()}"));
    }

    // What follows 'tenon' in code, without the arguments of 'help'.
    private static IEnumerable<string> Commands(string page) => Command().Matches(Repository.Read(page))
        .Select(match => match.Groups["line"].Value.Replace("help ", "", StringComparison.Ordinal).Trim())
        .Where(line => char.IsAsciiLetterLower(line[0]) && line != "help");

    private static IEnumerable<string> Subcommands(string command) => HelpOf(command).Split("Commands:") is [_, var list]
        ? Subcommand().Matches(list).Select(match => match.Groups["name"].Value)
        : [];

    private static string HelpOf(string command) => Help.GetOrAdd(command, _ =>
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        EntryPoint.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"], output, errors).Should()
            .Be(ExitCode.Done, errors.ToString());
        return output.ToString();
    });

    // At the start of a line of a code block, after && in it, or a whole piece of inline code.
    [GeneratedRegex(@"(?:^(?:TENON_\S+ )?|&& |`)tenon (?<line>[^`\n|]+?)(?= #|`|$)", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"^--?[a-z][a-z-]*$")]
    private static partial Regex Option();

    [GeneratedRegex(@"^  (?<name>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex Subcommand();

    [GeneratedRegex(@"^\| (?<code>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex ExitCodeRow();
}
