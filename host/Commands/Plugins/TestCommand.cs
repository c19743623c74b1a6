using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Conformance;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using Finding = Tenon.Conformance.Finding;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins test</c>: runs the conformance checks on a plugin's components.</summary>
internal static class TestCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="shared">The state that all commands share.</param>
    public static Command Create(Session shared)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "Folder with the plugin's assembly: its build output or where it is installed.",
        };
        var all = new Option<bool>("--all") { Description = "Also list the checks that passed or do not apply." };
        var command = new Command("test", "Runs the conformance checks on each component of a plugin.")
        {
            folder, Session.Settings("Options of the components under test, such as --model:layers 2."), all, shared.Json,
        };
        command.SetAction(result => shared.Guard(null, host =>
        {
            PluginCatalogue catalogue = PluginCatalogue.OfFolder(result.GetRequiredValue(folder));
            ILookup<ComponentInfo, string> settings =
                ComponentSettings.ForTesting(catalogue.ComponentsOf(catalogue.Plugins[0]), shared.SettingsOf(result));
            // For the checks that compare results on the GPU with those on the CPU.
            using IOpenDevice? gpu = new DeviceOpener(host.Components).OpenIfAvailable("cuda");
            using var plugins = new PluginHost(NullLoggerFactory.Instance);
            List<Finding> findings = [.. PluginConformance.Run(
                catalogue.Plugins[0], catalogue, plugins, component => [.. settings[component]])];
            if (result.GetValue(shared.Json))
                shared.Write(new JsonArray([.. findings.Select(Describe)]));
            else
                Show(shared, catalogue.Plugins[0], findings, result.GetValue(all));
            return findings.Exists(f => f.Verdict.Outcome == CheckOutcome.Failed) ? ExitCode.RunFailed : ExitCode.Done;
        }));
        return command;
    }

    private static void Show(Session shared, PluginInfo plugin, List<Finding> findings, bool all)
    {
        Table table = Terminal.Table("component", "check", "outcome", "seconds", "reason");
        foreach (Finding f in findings.Where(f => all || f.Verdict.Outcome == CheckOutcome.Failed))
            table.AddTexts(
                f.Component.ToString(), f.Check, Lower(f), f.Time.TotalSeconds.ToString("f1", CultureInfo.InvariantCulture),
                f.Verdict.Reason);
        if (table.Rows.Count > 0)
            shared.Console.WriteTable(table);
        foreach (IGrouping<ComponentInfo, Finding> component in findings.GroupBy(f => f.Component))
            shared.Line($"{component.Key}: {Count(component, CheckOutcome.Passed)} passed, " +
                $"{Count(component, CheckOutcome.Failed)} failed, {Count(component, CheckOutcome.Skipped)} do not apply");
        shared.Line($"Plugin {plugin} was tested with its test settings.");
    }

    private static int Count(IEnumerable<Finding> findings, CheckOutcome outcome) => findings.Count(f => f.Verdict.Outcome == outcome);

    private static JsonNode Describe(Finding finding) => new JsonObject
    {
        ["kind"] = finding.Component.Kind.Name,
        ["component"] = finding.Component.Name,
        ["check"] = finding.Check,
        ["outcome"] = Lower(finding),
        ["reason"] = finding.Verdict.Reason,
        ["seconds"] = Math.Round(finding.Time.TotalSeconds, 3),
    };

    private static string Lower(Finding finding) => finding.Verdict.Outcome.ToString().ToLowerInvariant();
}
