using System.CommandLine;
using System.CommandLine.Invocation;
using Tenon.Cli.Commands.Plugins;
using Tenon.Cli.Console;

namespace Tenon.Cli.Commands;

/// <summary>Runs the program, independently of where its output goes.</summary>
internal static class EntryPoint
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words after the program's name.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where errors are reported.</param>
    /// <param name="stop">Stops the program as Ctrl+C does: a run ends after the current step, with a checkpoint.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, CancellationToken stop = default)
    {
        (string[] words, string[] settings) = CommandLine.Divide(arguments);
        if (words is ["help", .. string[] command])
            words = [.. command, "--help"];
        bool help = words.Any(word => word is "--help" or "-h" or "-?");
        var session = new Session(Terminal.Create(output), errors, help, settings, stop);
        var root = new RootCommand("Tenon trains and runs models from recipes. Without a command, it runs the default recipe with the given settings: --training:steps 100")
        {
            RunCommand.Create(session),
            ResumeCommand.Create(session),
            GenerateCommand.Create(session),
            FillCommand.Create(session),
            ClassifyCommand.Create(session),
            EmbedCommand.Create(session),
            TokenizeCommand.Create(session),
            SampleCommand.Create(session),
            EvalCommand.Create(session),
            JudgeCommand.Create(session),
            MergeCommand.Create(session),
            ValidateCommand.Create(session),
            PlanCommand.Create(session),
            ListCommand.Create(session),
            MatrixCommand.Create(session),
            PluginsCommand.Create(session),
            ParityCommand.Create(session),
            DoctorCommand.Create(session),
            session.Plugins,
        };
        root.SetAction(result => session.Run(null, settings, locked: false, result.GetValue(session.Plugins)));
        // A word that begins with @ is a text, not a file of arguments.
        ParseResult parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // The error and the nearest name are enough; the full help would scroll them off the screen.
        if (parsed.Action is ParseErrorAction error)
            error.ShowHelp = false;
        // Runs handle Ctrl+C themselves: they write a checkpoint first.
        int code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        return parsed.Errors.Count > 0 ? ExitCode.Invalid : code;
    }
}
