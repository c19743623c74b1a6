using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Tenon.Host.Recipes;

namespace Tenon.Cli.Commands;

/// <summary>Errors of a command line in the user's words, each with the nearest valid form.</summary>
internal static partial class CommandLineErrors
{
    // Commands whose settings are the keys of a recipe.
    private static readonly string[] OfRecipes = ["run", "resume", "plan", "validate", "eval"];

    // Names that other programs give to commands of this one.
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "run",
        ["finetune"] = "run",
        ["infer"] = "generate",
        ["predict"] = "classify",
        ["evaluate"] = "eval",
        ["test"] = "eval",
        ["encode"] = "embed",
        ["version"] = "--version",
    };

    /// <summary>Returns the errors; empty if the command line is valid as far as it can be checked without opening anything.</summary>
    /// <param name="parsed">The parsed command line.</param>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] unmatched = [.. parsed.UnmatchedTokens];
        // What follows an unknown command are its arguments.
        if (command.Subcommands.Count > 0)
            unmatched = [.. unmatched.Take(1)];
        return [.. unmatched.Concat(UnknownOptions(parsed, command)).Select(word => Unmatched(word, command)),
            .. parsed.Errors.Where(error => !Unrecognized().IsMatch(error.Message)).Select(error => InWords(error, command)).Distinct()];
    }

    // The parser takes words that match no option for arguments, and the text of an argument for anything but an option if it follows --.
    private static IEnumerable<string> UnknownOptions(ParseResult parsed, Command command)
    {
        HashSet<string> quoted = [.. parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value)];
        foreach (Argument argument in command.Arguments)
        {
            IEnumerable<string> words = (parsed.GetResult(argument)?.Tokens ?? []).Select(token => token.Value)
                .Where(word => word.Length > 2 && word[0] == '-' && !char.IsAsciiDigit(word[1]) && !quoted.Contains(word));
            foreach (string word in words)
            {
                // A setting with a section, or without one, is checked by its reader, unless it resembles an option. In the place of a
                // recipe it is a setting as well.
                bool takesSettings = argument.Name == Session.SettingsName || OfRecipes.Contains(command.Name, StringComparer.Ordinal);
                bool isSetting = takesSettings
                    && (word.Contains(':', StringComparison.Ordinal) || NearestName.Of(Name(word), Options(command)) is null
                        || IsKey(word, command));
                if (!isSetting && (takesSettings || word.StartsWith("--", StringComparison.Ordinal)))
                    yield return word;
            }
        }
    }

    private static bool IsKey(string word, Command command) =>
        OfRecipes.Contains(command.Name, StringComparer.Ordinal) && RecipeLayout.Schema.Find(Name(word).TrimStart('-')) is not null;

    private static string Unmatched(string word, Command command)
    {
        string of = command is RootCommand ? "tenon" : Path(command);
        if (word.StartsWith('-'))
            return $"'{Name(word)}' is not an option of '{of}'.{NearestName.Question(Name(word), Options(command))} Its options: " +
                $"{string.Join(", ", Options(command))}.";
        string[] commands = [.. command.Subcommands.Select(sub => sub.Name)];
        return commands.Length > 0
            ? $"'{word}' is not a command of '{of}'.{NearestName.Question(NearestCommand(word, command, commands))} Available: " +
                $"{string.Join(", ", commands)}."
            : $"'{word}' is one argument too many for '{of}'. Put a text with spaces in quotes; '{of} --help' shows the arguments.";
    }

    private static string? NearestCommand(string word, Command command, string[] commands)
    {
        string? nearest = NearestName.Of(word, command is RootCommand ? [.. commands, .. Synonyms.Keys] : commands);
        return nearest is null ? null : Synonyms.GetValueOrDefault(nearest, nearest);
    }

    private static string InWords(ParseError error, Command command)
    {
        string of = Path(command);
        if (error.SymbolResult is ArgumentResult { Argument: var argument } && MissingArgument().IsMatch(error.Message)
            && argument.Name != Session.SettingsName && command.Arguments.Contains(argument))
            return $"'{of}' needs the argument {argument.Name}: {argument.Description} For example: {of} {Example(command)}";
        if (RequiredOption().Match(error.Message) is { Success: true } required
            && command.Options.FirstOrDefault(option => option.Name == required.Groups[1].Value) is { } needed)
            return $"'{of}' needs {needed.Name}: {needed.Description}";
        if (OptionWithoutValue().Match(error.Message) is { Success: true } empty)
            return $"{empty.Groups[1].Value} has no value. Write {empty.Groups[1].Value} VALUE.";
        if (WrongType().Match(error.Message) is { Success: true } wrong)
            return $"{wrong.Groups["option"].Value} takes {Words(wrong.Groups["type"].Value)}; found '{wrong.Groups["found"].Value}'.";
        if (NotAmong().Match(error.Message) is { Success: true } among)
        {
            string[] allowed = [.. Quoted().Matches(among.Groups["allowed"].Value).Select(match => match.Groups[1].Value)];
            string option = error.SymbolResult is OptionResult { Option.Name: var name } ? name
                : (error.SymbolResult?.Parent as OptionResult)?.Option.Name ?? "The value";
            string found = among.Groups["found"].Value;
            return $"{option} is '{found}'; allowed: {string.Join(", ", allowed)}.{NearestName.Question(found, allowed)}";
        }

        return error.Message;
    }

    // The option without a value that was attached to it.
    private static string Name(string word) => word.Split('=')[0];

    private static string[] Options(Command command)
    {
        List<string> names = [.. command.Options.Where(option => !option.Hidden).Select(option => option.Name)];
        foreach (Command parent in command.Parents.OfType<Command>())
            names.AddRange(parent.Options.Where(option => option.Recursive && !option.Hidden).Select(option => option.Name));
        return [.. names.Where(name => name.StartsWith("--", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
    }

    private static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{Path(parent)} {command.Name}"
        : "tenon";

    private static string Example(Command command) => string.Join(' ', command.Arguments
        .Where(argument => argument.Name != Session.SettingsName && argument.Arity.MinimumNumberOfValues > 0)
        .Select(argument => argument.Name == "folder" ? "runs/gpt-sdk-docs" : $"\"{argument.Name}\""));

    private static string Words(string type) => type switch
    {
        "System.Double" or "System.Single" or "System.Decimal" => "a number",
        "System.Boolean" => "true or false",
        _ when type.StartsWith("System.UInt", StringComparison.Ordinal) => "an integer that is not negative",
        _ when type.StartsWith("System.Int", StringComparison.Ordinal) || type.Contains("System.Int", StringComparison.Ordinal) =>
            "an integer",
        _ => "another value",
    };

    [GeneratedRegex(@"^Unrecognized command or argument |^Required command was not provided")]
    private static partial Regex Unrecognized();

    [GeneratedRegex(@"^Required argument .*missing")]
    private static partial Regex MissingArgument();

    [GeneratedRegex(@"^Option '(.+)' is required\.$")]
    private static partial Regex RequiredOption();

    [GeneratedRegex(@"^Required argument missing for option: '?(--?[\w-]+)'?\.?$")]
    private static partial Regex OptionWithoutValue();

    [GeneratedRegex(
        @"^Cannot parse argument '(?<found>.*)' for option '(?<option>.+)' as expected type '(?<type>.+)'\.", RegexOptions.Singleline)]
    private static partial Regex WrongType();

    [GeneratedRegex(@"^Argument '(?<found>.*)' not recognized\. Must be one of:(?<allowed>.*)$", RegexOptions.Singleline)]
    private static partial Regex NotAmong();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();
}
