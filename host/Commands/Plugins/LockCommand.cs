using System.CommandLine;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins lock</c>: pins the plugins as they are.</summary>
internal static class LockCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        Option<string?> file = FileOption();
        var command = new Command("lock", "Writes the exact versions and SHA-256 of the plugins to plugins.lock.json. A plugin that differs is not loaded from then on.") { file };
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

    /// <summary>The option that names another lock. A new one each time, since each command owns its own.</summary>
    public static Option<string?> FileOption() => new("--lock-file") { Description = "The lock; without it plugins.lock.json beside plugins.json." };

    /// <summary>The lock that belongs to a catalogue.</summary>
    /// <param name="given">A path, or null.</param>
    /// <param name="catalogue">The catalogue.</param>
    public static string PathOf(string? given, PluginCatalogue catalogue) => given ?? PluginLock.PathBeside(catalogue.File.Path);
}
