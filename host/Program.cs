using Tenon.Cli.Commands;

// The program tenon. Each command has its own file in Commands.
Console.OutputEncoding = System.Text.Encoding.UTF8;
return EntryPoint.Run(args, Console.Out, Console.Error);
