using System.CommandLine;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins lock</c>: pins the current plugins.</summary>
internal static class LockCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Option<string?> file = FileOption();
        var command = new Command(
            "lock", "Writes the exact versions and SHA-256 hashes of the plugins to plugins.lock.json. From then on, plugins that " +
            "differ are not loaded.")
        {
            file,
        };
        command.SetAction(result => session.WithCatalogue(result, catalogue =>
        {
            string path = PathOf(result.GetValue(file), catalogue);
            PluginLock written = PluginLock.Of(catalogue);
            written.Write(path);
            session.Line($"Locked {written.Plugins.Count} plugins in '{path}'.");
            return ExitCode.Done;
        }));
        return command;
    }

    /// <summary>
    /// Returns the option for another lock file. Creates a new object on each call, because commands cannot share options.
    /// </summary>
    public static Option<string?> FileOption() =>
        new("--lock-file") { Description = "Path of the lock file. Default: plugins.lock.json next to plugins.json." };

    /// <summary>Returns the lock that belongs to a catalogue.</summary>
    /// <param name="given">A path, or null.</param>
    /// <param name="catalogue">The catalogue.</param>
    public static string PathOf(string? given, PluginCatalogue catalogue) => given ?? PluginLock.PathBeside(catalogue.File.Path);
}
