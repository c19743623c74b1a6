using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins</c>: lists plugins and their state; subcommands lock, verify, test, pack and install them.</summary>
internal static class PluginsCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var command = new Command("plugins", "Lists plugins with their state and, for those that cannot be used, the reason.")
        {
            session.Json,
        };
        command.SetAction(result => session.WithCatalogue(result, catalogue =>
        {
            if (result.GetValue(session.Json))
                session.Write(new JsonArray([.. catalogue.Plugins.Select(Describe)]));
            else
                Show(session, catalogue);
            return ExitCode.Done;
        }));
        command.Add(LockCommand.Create(session));
        command.Add(VerifyCommand.Create(session));
        command.Add(TestCommand.Create(session));
        command.Add(PackCommand.Create(session));
        command.Add(InstallCommand.Create(session));
        command.Add(UpdateCommand.Create(session));
        command.Add(RemoveCommand.Create(session));
        return command;
    }

    private static void Show(Session session, PluginCatalogue catalogue)
    {
        Table table = Terminal.Table("plugin", "version", "state", "contract", "sha-256", "summary");
        foreach (PluginInfo p in catalogue.Plugins)
            table.AddTexts(
                p.Id, p.Version?.ToString() ?? "", State(p), p.ContractVersion?.ToString() ?? "",
                p.Sha256.Length > 12 ? p.Sha256[..12] : "", p.Summary);
        session.Console.WriteTable(table);
        foreach (PluginInfo plugin in catalogue.Plugins.Where(p => p.Reason.Length > 0))
            session.Line(plugin.Reason);
        session.Line($"Listed in '{catalogue.File.Path}'; searched: " +
            $"{string.Join(", ", catalogue.File.Folders.Select(f => $"'{f}'").DefaultIfEmpty("no folder"))}.");
    }

    private static JsonNode Describe(PluginInfo plugin) => new JsonObject
    {
        ["id"] = plugin.Id,
        ["version"] = plugin.Version?.ToString(),
        ["state"] = State(plugin),
        ["reason"] = plugin.Reason.Length == 0 ? null : plugin.Reason,
        ["default"] = plugin.IsDefault,
        ["contract"] = plugin.ContractVersion?.ToString(),
        ["summary"] = plugin.Summary,
        ["path"] = plugin.AssemblyPath ?? plugin.Folder,
        ["sha256"] = plugin.Sha256.Length == 0 ? null : plugin.Sha256,
    };

    private static string State(PluginInfo plugin) => plugin.State.ToString().ToLowerInvariant();
}
