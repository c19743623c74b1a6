using Tenon.Cli.Commands;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Native;
using Tenon.Host.Processes;

// The program tenon. Each command has its own file in Commands.
// It costs a twentieth of a second, which is worth it for commands that keep a model in memory; doctor shows the settings.
if (args is ["run" or "resume" or "generate" or "chat" or "fill" or "answer" or "classify" or "embed" or "sample" or "serve" or "eval"
    or "judge" or "doctor", ..])
    HeapRestart.IfUseful();
// A launcher passes on what its processes print, also the codes with which .NET would prepare a terminal for each of them.
if (Launcher.Current.Size > 1)
    Environment.SetEnvironmentVariable("TERM", "dumb");
Console.OutputEncoding = System.Text.Encoding.UTF8;
Console.SetOut(new HangUpWriter(Console.Out));
Console.SetError(new HangUpWriter(Console.Error));
// Of several processes that a launcher started, one shows results and progress; all report errors.
if (TenonHost.Rank > 0)
    Console.SetOut(TextWriter.Null);
return EntryPoint.Run(args, Console.Out, Console.Error);
