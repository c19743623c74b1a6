using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Processes;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon doctor</c>: reports what was found and loaded on this machine, and how to fix what is missing.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private sealed record ComponentFinding(string Name, bool Available, string Reason);

    private sealed record LauncherFinding(string Variable, int Processes, int Rank);

    private sealed record Diagnosis(
        NativeReport Natives, IReadOnlyList<TuningResult> Tuning, IReadOnlyList<PluginFinding> Plugins,
        IReadOnlyList<ComponentFinding> Devices, IReadOnlyList<ComponentFinding> Communicators, LauncherFinding? Launcher)
    {
        public bool Healthy =>
            Natives.Ready && Plugins.All(p => p.State is PluginState.Ready or PluginState.Loaded) && Devices.Any(d => d.Available);
    }

    private sealed record PluginFinding(string Id, string? Version, PluginState State, string Reason);

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var command = new Command("doctor", "Checks native libraries, plugins and devices, and reports how to fix what is missing.")
        {
            session.Json,
        };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), host =>
        {
            Diagnosis diagnosis = Examine(host);
            if (result.GetValue(session.Json))
                session.Write(JsonSerializer.SerializeToNode(diagnosis, Options)!);
            else
                Show(session, diagnosis);
            return diagnosis.Healthy ? ExitCode.Done : ExitCode.RunFailed;
        }));
        return command;
    }

    private static Diagnosis Examine(TenonHost host)
    {
        // plugins.json may name another libtorch.
        PluginCatalogue catalogue = host.Catalogue;
        // The allocator's settings take effect only if they are set before the libraries are loaded.
        IReadOnlyList<TuningResult> tuning = AllocatorTuning.Apply();
        NativeReport natives = NativeReport.Examine();
        if (natives.Ready)
            tuning = [.. tuning, ComputeTuning.OneDnnMatrixProducts(),
                .. HiddenCaches.Correct() is { } caches ? [caches] : Array.Empty<TuningResult>()];
        var devices = catalogue.OfKind(ComponentKind.Device).Select(info => Check(host.Components, info, natives.Ready)).ToList();
        IEnumerable<ComponentFinding> communicators =
            catalogue.OfKind(ComponentKind.Communicator).Select(info => Finding(info, ProcessGroup.Check(host.Components, info)));
        return new Diagnosis(natives, tuning,
            [.. catalogue.Plugins.Select(p => new PluginFinding(p.Id, p.Version?.ToString(), p.State, p.Reason))], devices,
            [.. communicators],
            Launcher.Current is { Variable: { } variable } launcher ? new LauncherFinding(variable, launcher.Size, launcher.Rank) : null);
    }

    private static ComponentFinding Check(ComponentFactory components, ComponentInfo info, bool tensors)
    {
        if (!tensors)
            return new ComponentFinding(info.Name, false, "Tensors cannot be computed; see the native libraries.");
        return Finding(info, new DeviceOpener(components).Check(info.Name));
    }

    private static ComponentFinding Finding(ComponentInfo info, Availability availability) =>
        new(info.Name, availability.IsAvailable, availability.Reason);

    private static void Show(Session session, string header, string detail, IEnumerable<ComponentFinding> findings)
    {
        Table table = Terminal.Table(header, "available", detail);
        foreach (ComponentFinding finding in findings)
            table.AddTexts(finding.Name, finding.Available ? "yes" : "no", finding.Reason);
        session.Console.WriteTable(table);
    }

    private static void Show(Session session, Diagnosis diagnosis)
    {
        session.Line($"system    {diagnosis.Natives.System}");
        session.Line($"program   {AppContext.BaseDirectory}");
        if (LibTorchFolder.Chosen is { } libtorch)
            session.Line($"libtorch  {libtorch.Path}, version {libtorch.Version ?? "unknown"}, chosen by {libtorch.Source}");
        if (!diagnosis.Natives.Supported)
            session.Line($"          {diagnosis.Natives.Advice}");

        Table natives = Terminal.Table("native library", "state", "location or problem");
        foreach (NativeFinding finding in diagnosis.Natives.Libraries)
        {
            string where = finding.State == NativeState.Loaded
                ? finding.Path + (finding.LinksTo is { } target ? $" -> {target}" : "")
                : $"{finding.Reason} {finding.Advice}";
            natives.AddTexts(finding.FileName, finding.State.ToString(), where);
        }

        session.Console.WriteTable(natives);
        Table tuning = Terminal.Table("setting", "applied", "detail");
        foreach (TuningResult setting in diagnosis.Tuning)
            tuning.AddTexts(setting.Setting, setting.Applied ? "yes" : "no", setting.Detail);
        session.Console.WriteTable(tuning);
        Table plugins = Terminal.Table("plugin", "version", "state", "reason");
        foreach (PluginFinding plugin in diagnosis.Plugins)
            plugins.AddTexts(plugin.Id, plugin.Version ?? "", plugin.State.ToString(), plugin.Reason);
        session.Console.WriteTable(plugins);
        Show(session, "device", "description or problem", diagnosis.Devices);
        Show(session, "processes", "library or problem", diagnosis.Communicators);
        if (diagnosis.Launcher is { } launcher)
            session.Line($"launcher  started {launcher.Processes} processes ({launcher.Variable}); this is rank {launcher.Rank}");
        session.Line(diagnosis.Healthy ? "Everything is in order." : "Something is missing; see above for the reasons.");
    }
}
