using Tenon.Cli.Console;
using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon matrix</c>: which strategy trains which architecture on which device, from types alone.</summary>
internal static class MatrixCommand
{
    /// <summary>The command.</summary>
    /// <param name="shared">What commands share.</param>
    public static Command Create(Session shared)
    {
        var command = new Command("matrix", "Shows which strategy trains which architecture on which device; nothing is loaded.") { shared.Json };
        command.SetAction(result => shared.WithCatalogue(result, catalogue =>
        {
            if (result.GetValue(shared.Json))
                shared.Write(Cells(catalogue));
            else
                Show(shared, catalogue);
            return ExitCode.Done;
        }));
        return command;
    }

    private static void Show(Session shared, PluginCatalogue catalogue)
    {
        List<ComponentInfo> strategies = [.. catalogue.OfKind(ComponentKind.Strategy)];
        string devices = string.Join(", ", catalogue.OfKind(ComponentKind.Device).Select(d => d.Name).DefaultIfEmpty("no device"));
        Table table = Terminal.Table(["architecture", .. strategies.Select(s => s.Name)]);
        foreach (ComponentInfo architecture in catalogue.OfKind(ComponentKind.Architecture))
            table.AddTexts([architecture.Name, .. strategies.Select(s => CombinationChecker.MissingInWords(architecture, s) is { } missing ? $"no: not {missing}" : devices)]);
        shared.Console.Write(table);
    }

    private static JsonArray Cells(PluginCatalogue catalogue) => new([.. Combination.All(catalogue).Select(cell => (JsonNode)new JsonObject
    {
        ["architecture"] = cell.Architecture.Name,
        ["strategy"] = cell.Strategy.Name,
        ["device"] = cell.Device.Name,
        ["supported"] = cell.Missing is null,
        ["missing"] = cell.Missing,
    })]);
}
