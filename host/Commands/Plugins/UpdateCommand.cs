using System.CommandLine;
using NuGet.Versioning;
using Tenon.Cli.Packages;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins update</c>: installs newer versions within the ranges of plugins.json.</summary>
internal static class UpdateCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var id = new Argument<string?>("plugin")
        {
            Description = "The plugin's id. Default: every installed plugin.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string[]> source = InstallCommand.SourceOption();
        var command = new Command(
            "update", "Installs the newest version that plugins.json allows. The previous version is kept for recipes that request it.")
        {
            id, source,
        };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), _ =>
        {
            using var signal = new StopSignal();
            var feeds = new PackageFeeds(result.GetValue(source)!);
            string file = Session.PluginsFile(result.GetValue(session.Plugins));
            using IDisposable held = PluginsFileLock.Hold(file, signal.Token);
            IReadOnlyList<(InstalledPlugin Installed, NuGetVersion Before)> updated =
                new PluginStore(file).Update(result.GetValue(id), feeds, signal.Token);
            foreach ((InstalledPlugin installed, NuGetVersion before) in updated)
                session.Line($"Updated '{installed.Plugin.Id}' from {before} to {installed.Plugin.Version}.{installed.SignatureNote}");
            if (updated.Count == 0)
                session.Line($"{feeds.Names} has no newer version that plugins.json allows.");
            return ExitCode.Done;
        }));
        return command;
    }
}
