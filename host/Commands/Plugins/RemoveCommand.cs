using System.CommandLine;
using NuGet.Versioning;
using Tenon.Cli.Packages;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins remove</c>: deletes an installed plugin.</summary>
internal static class RemoveCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var reference = new Argument<string>("plugin")
        {
            Description = "The plugin's id, optionally with @ and the version to remove: my.plugin@1.2.0",
        };
        var command = new Command("remove", "Deletes an installed plugin and removes it from plugins.json and plugins.lock.json.")
        {
            reference,
        };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), _ =>
        {
            (string id, string? version) = ComponentReference.Split(result.GetValue(reference)!);
            NuGetVersion? only = version is null ? null
                : NuGetVersion.TryParse(version, out NuGetVersion? parsed)
                    ? parsed : throw new PluginException($"'{version}' is not a version. Use an installed version, such as 1.2.0.");
            using var signal = new StopSignal();
            string file = Session.PluginsFile(result.GetValue(session.Plugins));
            using IDisposable held = PluginsFileLock.Hold(file, signal.Token);
            IReadOnlyList<NuGetVersion> gone = new PluginStore(file).Remove(id, only);
            session.Line($"Removed '{id}' {string.Join(", ", gone)}.");
            return ExitCode.Done;
        }));
        return command;
    }
}
