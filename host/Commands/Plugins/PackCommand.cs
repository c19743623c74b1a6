using System.CommandLine;
using Tenon.Cli.Packages;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins pack</c>: packs a plugin's folder.</summary>
internal static class PackCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "Build output folder of the plugin's project." };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the package.", DefaultValueFactory = _ => "." };
        var command = new Command(
            "pack", "Packs a plugin's folder into a NuGet package that can be installed from a folder or a NuGet source.")
        {
            folder, output,
        };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), _ =>
        {
            session.Line($"Packed '{PluginPackage.Pack(result.GetValue(folder)!, result.GetValue(output)!)}'.");
            return ExitCode.Done;
        }));
        return command;
    }
}
