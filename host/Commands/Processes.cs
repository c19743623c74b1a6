using System.CommandLine;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Processes;

namespace Tenon.Cli.Commands;

/// <summary>Commands that several processes of a launcher may execute.</summary>
internal static class Processes
{
    // They work together, or only read. The others would each write the same files.
    private static readonly string[] _together =
        ["run", "resume", "generate", "eval", "validate", "plan", "list", "matrix", "doctor"];

    /// <summary>
    /// The settings with which all processes of the launcher divide the layers of a model that is not trained; empty if there is only one.
    /// </summary>
    public static IReadOnlyList<string> Dividing =>
        Launcher.Current.Size > 1 ? [$"--{ComponentKind.Communicator.Section}:{ProcessOptions.TensorKey}={Launcher.Current.Size}"] : [];

    /// <summary>Explains why a command cannot run in several processes; null if it can, or there is only one.</summary>
    /// <param name="command">The command.</param>
    public static string? Refusal(Command command) =>
        command is RootCommand || Launcher.Current is not { Size: > 1 } launcher || _together.Contains(command.Name, StringComparer.Ordinal)
            ? null
            : $"'tenon {command.Name}' runs in one process, but {launcher.Size} were started ({launcher.Variable}). Start it without the " +
                $"launcher. Commands for several processes: {string.Join(", ", _together)}.";

    /// <summary>Refuses an option that several processes cannot share.</summary>
    /// <param name="option">The option.</param>
    /// <param name="reason">Why they cannot.</param>
    /// <exception cref="OptionsException">There are several processes.</exception>
    public static void RefuseOption(string option, string reason)
    {
        if (Launcher.Current.Size > 1)
            throw new OptionsException($"{option} needs one process, but {Launcher.Current.Size} were started: {reason}");
    }
}
