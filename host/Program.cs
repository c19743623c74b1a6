using System.CommandLine;
using Tenon.Host.Commands;
var json = new Option<bool>("--json") { Description = "JSON." };
var plugins = new Option<string?>("--plugins") { Recursive = true };
var shared = new CatalogueCommands(Terminal.Create(Console.Out), plugins, json);
var root = new RootCommand("tenon") { plugins };
root.Add(ListCommand.Create(shared)); root.Add(MatrixCommand.Create(shared)); root.Add(PluginsCommand.Create(shared)); root.Add(ValidateCommand.Create(shared));
return root.Parse(args).Invoke();
