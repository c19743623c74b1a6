using System.CommandLine;
using Tenon.Host.Commands;

// The program tenon. Each command stands in a file of its own in Commands.
Console.OutputEncoding = System.Text.Encoding.UTF8;
var session = new Session(Terminal.Create(Console.Out), Console.Error, help: args.Any(arg => arg is "--help" or "-h" or "-?"));
var root = new RootCommand("Tenon trains and runs models from recipes. Without a command it runs the default recipe.")
{
    RunCommand.Create(session),
    ResumeCommand.Create(session),
    GenerateCommand.Create(session),
    FillCommand.Create(session),
    ClassifyCommand.Create(session),
    EmbedCommand.Create(session),
    SampleCommand.Create(session),
    EvalCommand.Create(session),
    ValidateCommand.Create(session),
    PlanCommand.Create(session),
    ListCommand.Create(session),
    MatrixCommand.Create(session),
    PluginsCommand.Create(session),
    ParityCommand.Create(session),
    DoctorCommand.Create(session),
    session.Plugins,
};
root.SetAction(result => session.Run(null, [], locked: false, result.GetValue(session.Plugins)));
ParseResult arguments = root.Parse(args);
// Ctrl+C is a run's own business: it writes a checkpoint first.
int code = arguments.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
return arguments.Errors.Count > 0 ? ExitCode.Wrong : code;
