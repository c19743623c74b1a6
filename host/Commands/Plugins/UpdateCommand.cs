using System.CommandLine;
using NuGet.Versioning;
using Tenon.Host.Catalogue;
using Tenon.Host.Packages;
using Tenon.Host.Training;

namespace Tenon.Host.Commands.Plugins;

/// <summary><c>tenon plugins update</c>: installs newer versions in the ranges of plugins.json.</summary>
internal static class UpdateCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        var id = new Argument<string?>("plugin") { Description = "Its id; none: every installed plugin.", Arity = ArgumentArity.ZeroOrOne };
        Option<string[]> source = InstallCommand.SourceOption();
        var command = new Command("update", "Installs the newest version that plugins.json allows. The one before stays beside it, for recipes that name it.") { id, source };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), _ =>
        {
            using var signal = new StopSignal();
            IReadOnlyList<(PluginInfo Plugin, NuGetVersion Before)> updated = new PluginStore(Session.PluginsFile(result.GetValue(session.Plugins)))
                .Update(result.GetValue(id), new PackageFeeds(result.GetValue(source)!), signal.Token);
            foreach ((PluginInfo plugin, NuGetVersion before) in updated)
                session.Line($"Updated '{plugin.Id}' from {before} to {plugin.Version}.");
            if (updated.Count == 0)
                session.Line("Every installed plugin is the newest that plugins.json allows.");
            return ExitCode.Done;
        }));
        return command;
    }
}
