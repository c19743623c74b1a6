using System.CommandLine;
using Tenon.Host.Processes;

namespace Tenon.Cli.Commands;

/// <summary>Commands that several processes of a launcher may execute.</summary>
internal static class Processes
{
    // They train together, or only read. The others would each write the same files.
    private static readonly string[] _together = ["run", "resume", "validate", "plan", "list", "matrix", "doctor"];

    /// <summary>Explains why a command cannot run in several processes; null if it can, or there is only one.</summary>
    /// <param name="command">The command.</param>
    public static string? Refusal(Command command) =>
        command is RootCommand || Launcher.Current is not { Size: > 1 } launcher || _together.Contains(command.Name, StringComparer.Ordinal)
            ? null
            : $"'tenon {command.Name}' runs in one process, but {launcher.Size} were started ({launcher.Variable}). Start it without the " +
                $"launcher. Commands for several processes: {string.Join(", ", _together)}.";
}
