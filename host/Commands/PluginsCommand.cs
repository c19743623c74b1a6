using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Host.Catalogue;
using Tenon.Host.Loading;

namespace Tenon.Host.Commands;

/// <summary><c>tenon plugins</c>: the plugins and where they stand; <c>lock</c> and <c>verify</c> pin them, <c>test</c> tries one.</summary>
internal static class PluginsCommand
{
    /// <summary>The command.</summary>
    /// <param name="shared">What commands share.</param>
    public static Command Create(Session shared)
    {
        var file = new Option<string?>("--lock-file") { Description = "The lock; without it plugins.lock.json beside plugins.json.", Recursive = true };
        var command = new Command("plugins", "Shows each plugin with its state, and why it cannot be used if so.") { file, shared.Json };
        command.SetAction(result => shared.WithCatalogue(result, catalogue =>
        {
            if (result.GetValue(shared.Json))
                shared.Write(new JsonArray([.. catalogue.Plugins.Select(Describe)]));
            else
                Show(shared, catalogue);
            return ExitCode.Done;
        }));

        var write = new Command("lock", "Writes the exact versions and SHA-256 of the plugins to plugins.lock.json.");
        write.SetAction(result => shared.WithCatalogue(result, catalogue =>
        {
            string path = LockFile(result.GetValue(file), catalogue);
            PluginLock written = PluginLock.Of(catalogue);
            written.Write(path);
            shared.Line($"Locked {written.Plugins.Count} plugins in '{path}'.");
            return ExitCode.Done;
        }));

        var verify = new Command("verify", "Compares the plugins with plugins.lock.json.") { shared.Json };
        verify.SetAction(result => shared.WithCatalogue(result, catalogue =>
        {
            string path = LockFile(result.GetValue(file), catalogue);
            IReadOnlyList<string> differences = PluginLock.Read(path).Verify(catalogue);
            if (result.GetValue(shared.Json))
                shared.Write(new JsonArray([.. differences]));
            else
                shared.Line(differences.Count == 0 ? $"The plugins are those of '{path}'." : string.Join(Environment.NewLine, differences));
            return differences.Count == 0 ? ExitCode.Done : ExitCode.PluginRefused;
        }));
        command.Add(write);
        command.Add(verify);
        command.Add(PluginsTestCommand.Create(shared));
        return command;
    }

    /// <summary>The lock that belongs to a catalogue.</summary>
    /// <param name="given">A path, or null.</param>
    /// <param name="catalogue">The catalogue.</param>
    public static string LockFile(string? given, PluginCatalogue catalogue) =>
        given ?? Path.Combine(Path.GetDirectoryName(catalogue.File.Path)!, PluginLock.FileName);

    private static void Show(Session shared, PluginCatalogue catalogue)
    {
        Table table = Terminal.Table("plugin", "version", "state", "contract", "sha-256", "summary");
        foreach (PluginInfo p in catalogue.Plugins)
            table.AddTexts(p.Id, p.Version?.ToString() ?? "", State(p), p.ContractVersion?.ToString() ?? "", p.Sha256.Length > 12 ? p.Sha256[..12] : "", p.Summary);
        shared.Console.Write(table);
        foreach (PluginInfo plugin in catalogue.Plugins.Where(p => p.Reason.Length > 0))
            shared.Line(plugin.Reason);
        shared.Line($"Named by '{catalogue.File.Path}'; found in {string.Join(", ", catalogue.File.Folders.Select(f => $"'{f}'").DefaultIfEmpty("no folder"))}.");
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
