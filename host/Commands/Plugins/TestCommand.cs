using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Host.Catalogue;
using Tenon.Host.Conformance;
using Tenon.Host.Loading;
using Tenon.Host.Runs;

namespace Tenon.Host.Commands.Plugins;

/// <summary><c>tenon plugins test</c>: tries a plugin's components against what the contract promises.</summary>
internal static class TestCommand
{
    /// <summary>The command.</summary>
    /// <param name="shared">What commands share.</param>
    public static Command Create(Session shared)
    {
        var folder = new Argument<string>("folder") { Description = "The folder with the plugin's assembly: its build output, or where it is installed." };
        var all = new Option<bool>("--all") { Description = "Lists the checks that passed or do not apply too." };
        var command = new Command("test", "Tries each component of a plugin against what the contract promises. Options may follow as settings: --model:layers 2")
        {
            folder, all, shared.Json,
        };
        command.SetAction(result => shared.Guard(null, host =>
        {
            PluginCatalogue catalogue = PluginCatalogue.OfFolder(result.GetRequiredValue(folder));
            using IOpenDevice? gpu = new DeviceOpener(host.Components).OpenIfAvailable("cuda"); // for the checks that compare it with the processor
            using var plugins = new PluginHost(NullLoggerFactory.Instance);
            Dictionary<string, List<string>> settings = Settings(shared.SettingsOf(result));
            List<Finding> findings = [.. PluginConformance.Run(
                catalogue.Plugins[0], catalogue, plugins, component => settings.GetValueOrDefault(Section(component.Kind)) ?? [])];
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
            table.AddTexts(f.Component.ToString(), f.Check, Lower(f), f.Time.TotalSeconds.ToString("f1", CultureInfo.InvariantCulture), f.Verdict.Reason);
        if (table.Rows.Count > 0)
            shared.Console.Write(table);
        foreach (IGrouping<ComponentInfo, Finding> component in findings.GroupBy(f => f.Component))
            shared.Line($"{component.Key}: {Count(component, CheckOutcome.Passed)} passed, {Count(component, CheckOutcome.Failed)} failed, {Count(component, CheckOutcome.Skipped)} do not apply");
        shared.Line($"Plugin {plugin} was tried as its test settings say.");
    }

    private static int Count(IEnumerable<Finding> findings, CheckOutcome outcome) => findings.Count(f => f.Verdict.Outcome == outcome);

    private static JsonNode Describe(Finding finding) => new JsonObject
    {
        ["kind"] = ComponentInfo.KindName(finding.Component.Kind),
        ["component"] = finding.Component.Name,
        ["check"] = finding.Check,
        ["outcome"] = Lower(finding),
        ["reason"] = finding.Verdict.Reason,
        ["seconds"] = Math.Round(finding.Time.TotalSeconds, 3),
    };

    private static string Lower(Finding finding) => finding.Verdict.Outcome.ToString().ToLowerInvariant();

    // --model:layers 2 and --model:layers=2, by section: model -> layers=2.
    private static Dictionary<string, List<string>> Settings(IReadOnlyList<string> words)
    {
        var settings = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        string[] sections = [.. Enum.GetValues<ComponentKind>().Select(Section)];
        for (int i = 0; i < words.Count; i++)
        {
            string[] parts = words[i].TrimStart('-').Split(':', 2);
            if (parts.Length < 2 || !sections.Contains(parts[0], StringComparer.Ordinal))
                throw new OptionsException($"'{words[i]}' is no setting of a component. Settings start with {string.Join(", ", sections.Select(s => $"--{s}:"))}.");
            string setting = parts[1].Contains('=', StringComparison.Ordinal) || i + 1 == words.Count ? parts[1] : $"{parts[1]}={words[++i]}";
            if (!settings.TryGetValue(parts[0], out List<string>? list))
                settings[parts[0]] = list = [];
            list.Add(setting);
        }

        return settings;
    }

    private static string Section(ComponentKind kind) => kind == ComponentKind.Architecture ? "model" : ComponentInfo.KindName(kind);
}
