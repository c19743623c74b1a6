using Tenon.Cli.Commands;

// The program tenon. Each command stands in a file of its own in Commands.
Console.OutputEncoding = System.Text.Encoding.UTF8;
return EntryPoint.Run(args, Console.Out, Console.Error);
