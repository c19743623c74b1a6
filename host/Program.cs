using Tenon.Cli.Commands;
using Tenon.Cli.Console;

// The program tenon. Each command has its own file in Commands.
Console.OutputEncoding = System.Text.Encoding.UTF8;
Console.SetOut(new HangUpWriter(Console.Out));
Console.SetError(new HangUpWriter(Console.Error));
return EntryPoint.Run(args, Console.Out, Console.Error);
