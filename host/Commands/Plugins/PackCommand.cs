using System.CommandLine;
using Tenon.Cli.Packages;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins pack</c>: a plugin's folder becomes a package.</summary>
internal static class PackCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "The folder that the plugin's project builds into." };
        var output = new Option<string>("--output", "-o") { Description = "Where the package goes.", DefaultValueFactory = _ => "." };
        var command = new Command("pack", "Packs a plugin's folder into a NuGet package, to be installed from a folder or any NuGet source.") { folder, output };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), _ =>
        {
            session.Line($"Packed '{PluginPackage.Pack(result.GetValue(folder)!, result.GetValue(output)!)}'.");
            return ExitCode.Done;
        }));
        return command;
    }
}
