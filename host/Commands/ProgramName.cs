using Tenon.Cli.Console;
namespace Tenon.Cli.Commands;

/// <summary>How this program is called from the user's shell, for commands to type next.</summary>
internal static class ProgramName
{
    /// <summary><c>tenon</c> when the shell finds it by that name, else the path of the running program.</summary>
    public static string Current { get; } = ShellWord.Of(Find());

    /// <summary>How the program is called so that it uses these plugins.</summary>
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
