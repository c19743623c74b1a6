using System.CommandLine;
using System.CommandLine.Invocation;
using Tenon.Cli.Commands.Plugins;
using Tenon.Cli.Console;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Cli.Commands;

/// <summary>Runs the program, independently of where its output goes.</summary>
internal static class EntryPoint
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words after the program's name.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where errors are reported.</param>
    /// <param name="input">Where a dialogue is read from, as from a pipe; null for standard input.</param>
    /// <param name="stop">Stops the program as Ctrl+C does: a run ends after the current step, with a checkpoint.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, TextReader? input = null, CancellationToken stop = default)
    {
        (string[] words, string[] settings) = CommandLine.Divide(arguments, key => IsList(arguments, key));
        string[] helped = words is ["help", .. string[] rest] ? rest : [];
        if (words is ["help", ..])
            words = [.. helped, "--help"];
        bool help = words.Any(word => word is "--help" or "-h" or "-?");
        errors = PrintableText.Over(errors);
        var session = new Session(Terminal.Create(output), errors, help, words.Contains(Session.VerboseName), settings, stop, input);
        var root = new RootCommand(
            "Tenon trains and runs models from recipes. Settings of a recipe may follow a command: tenon run --training:steps 100")
        {
            RunCommand.Create(session),
            ResumeCommand.Create(session),
            GenerateCommand.Create(session),
            ChatCommand.Create(session),
            FillCommand.Create(session),
            AnswerCommand.Create(session),
            ClassifyCommand.Create(session),
            EmbedCommand.Create(session),
            TokenizeCommand.Create(session),
            SampleCommand.Create(session),
            ServeCommand.Create(session),
            EvalCommand.Create(session),
            JudgeCommand.Create(session),
            MergeCommand.Create(session),
            ExportCommand.Create(session),
            ValidateCommand.Create(session),
            PlanCommand.Create(session),
            ListCommand.Create(session),
            MatrixCommand.Create(session),
            PluginsCommand.Create(session),
            ParityCommand.Create(session),
            DoctorCommand.Create(session),
            session.Plugins,
            session.Verbose,
        };
        // Runs handle Ctrl+C themselves: they write a checkpoint first.
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = errors,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        root.SetAction(_ => settings.Length == 0
            ? root.Parse(["--help"]).Invoke(invocation)
            : session.Refuse("The command is missing. To run the default recipe with these settings: tenon run " +
                $"{string.Join(' ', settings.Select(ShellWord.Of))}"));
        if (helped.Length > 0 && root.Subcommands.All(command => command.Name != helped[0]))
            words = helped;
        // A word that begins with @ is a text, not a file of arguments.
        ParseResult parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        bool showsHelp = parsed.Action is not (null or ParseErrorAction) && help;
        if (!showsHelp && CommandLineErrors.Of(parsed) is { Count: > 0 } found)
            return session.Refuse(found);
        return !showsHelp && Processes.Refusal(parsed.CommandResult.Command) is { } alone
            ? session.Refuse(alone) : parsed.Invoke(invocation);
    }

    // Whether any component has a list with this key, within a stage or not.
    private static bool IsList(IReadOnlyList<string> arguments, string key)
    {
        string[] parts = key.Split(':');
        string[] own = parts is ["stages", _, .. string[] ofStage] ? ofStage : parts;
        int at = arguments.ToList().IndexOf("--plugins");
        try
        {
            PluginCatalogue catalogue = PluginCatalogue.Read(Session.PluginsFile(at < 0 ? null : arguments.ElementAtOrDefault(at + 1)));
            return OptionIndex.IsList(string.Join(':', own), catalogue);
        }
        catch (Exception failure) when (failure is PluginsFileException or IOException or UnauthorizedAccessException)
        {
            return false; // The command itself reports it.
        }
    }
}
