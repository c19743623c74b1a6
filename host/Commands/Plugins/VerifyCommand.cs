using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host.Plugins.Inspection;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins verify</c>: compares the plugins with their lock, or inspects one plugin's folder.</summary>
internal static class VerifyCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string?>("folder")
        {
            Description = "Folder of a plugin to inspect without running it. Default: compare all plugins with the lock.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> file = LockCommand.FileOption();
        var command = new Command(
            "verify", "Compares the plugins with plugins.lock.json, or inspects a plugin's folder: metadata, contract, dependencies, " +
            "license, options.")
        {
            folder, file, session.Json,
        };
        command.SetAction(result => result.GetValue(folder) is { } named
            ? session.Guard(result.GetValue(session.Plugins), _ => Examine(session, named, result.GetValue(session.Json)))
            : session.WithCatalogue(result, catalogue =>
            {
                string path = LockCommand.PathOf(result.GetValue(file), catalogue);
                IReadOnlyList<string> differences = PluginLock.Read(path).Verify(catalogue);
                if (result.GetValue(session.Json))
                    session.Write(new JsonArray([.. differences]));
                else
                    session.Line(differences.Count == 0 ? $"The plugins match '{path}'." : string.Join(Environment.NewLine, differences));
                return differences.Count == 0 ? ExitCode.Done : ExitCode.PluginRefused;
            }));
        return command;
    }

    private static int Examine(Session session, string folder, bool json)
    {
        if (!Directory.Exists(folder))
            throw new PluginException($"The folder '{folder}' does not exist. Use the build output folder of the plugin's project.");
        IReadOnlyList<Remark> remarks = PluginInspection.Of(folder);
        int errors = remarks.Count(remark => remark.Level == RemarkLevel.Error);
        if (json)
            session.Write(new JsonArray([.. remarks.Select(Describe)]));
        else
            Show(session, folder, remarks, errors);
        return errors == 0 ? ExitCode.Done : ExitCode.PluginRefused;
    }

    private static void Show(Session session, string folder, IReadOnlyList<Remark> remarks, int errors)
    {
        if (remarks.Count > 0)
        {
            Table table = Terminal.Table("code", "level", "what", "remark");
            foreach (Remark remark in remarks)
                table.AddTexts(remark.Code, Level(remark), remark.Subject, remark.Text);
            session.Console.WriteTable(table);
        }

        session.Line(remarks.Count == 0
            ? $"The plugin in '{folder}' is valid. None of its code was run."
            : $"{errors} {(errors == 1 ? "error" : "errors")} and {remarks.Count - errors} " +
                $"{(remarks.Count - errors == 1 ? "warning" : "warnings")} in '{folder}'. None of its code was run.");
    }

    private static JsonNode Describe(Remark remark) => new JsonObject
    {
        ["code"] = remark.Code,
        ["level"] = Level(remark),
        ["subject"] = remark.Subject,
        ["text"] = remark.Text,
    };

    private static string Level(Remark remark) => remark.Level.ToString().ToLowerInvariant();
}
