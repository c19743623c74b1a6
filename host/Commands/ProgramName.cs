using Tenon.Cli.Console;
namespace Tenon.Cli.Commands;

/// <summary>The command that runs this program in the user's shell, for suggested commands.</summary>
internal static class ProgramName
{
    /// <summary><c>tenon</c> if the shell finds it by that name, otherwise the path of the running program.</summary>
    public static string Current { get; } = ShellWord.Of(Find());

    /// <summary>Returns the command that runs the program with these plugins.</summary>
    /// <param name="pluginsFile">Path of plugins.json.</param>
    public static string With(string pluginsFile) => Path.GetFullPath(pluginsFile) == Path.GetFullPath(Session.PluginsFile(null))
        ? Current
        : $"{Current} --plugins {ShellWord.Of(Path.GetRelativePath(Environment.CurrentDirectory, pluginsFile))}";

    private static string Find()
    {
        if (Environment.ProcessPath is not { } path || Path.GetFileNameWithoutExtension(path) != "tenon")
            return "tenon";
        string file = Path.GetFileName(path);
        bool onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => Path.Combine(folder, file) == path);
        if (onPath)
            return "tenon";
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
