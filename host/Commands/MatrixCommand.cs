using System.CommandLine;
using System.Text.Json.Nodes;
using Tenon.Cli.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon matrix</c>: shows which strategy trains which architecture on which device, based on types alone.</summary>
internal static class MatrixCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="shared">The state that all commands share.</param>
    public static Command Create(Session shared)
    {
        const string Description = "Shows which strategy trains which architecture on which device, without loading a plugin.";
        var command = new Command("matrix", Description) { shared.Json };
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
        List<ComponentInfo> architectures = [.. catalogue.OfKind(ComponentKind.Architecture)];
        List<ComponentInfo> strategies = [.. catalogue.OfKind(ComponentKind.Strategy)];
        if (architectures.Count == 0 || strategies.Count == 0)
        {
            string found = $"{architectures.Count} architectures and {strategies.Count} strategies";
            shared.Line($"Nothing to combine: the enabled plugins provide {found}.{catalogue.NotReady}");
            return;
        }

        MatrixDisplay.Show(shared.Console, architectures, strategies, [.. catalogue.OfKind(ComponentKind.Device)]);
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
