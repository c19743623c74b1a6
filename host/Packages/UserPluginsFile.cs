using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Packages;

/// <summary>
/// The user's own plugins.json, <c>~/.tenon/plugins.json</c>. Installed plugins are recorded there and not next to the program,
/// whose files are replaced when the program is updated.
/// </summary>
internal static class UserPluginsFile
{
    /// <summary>Path of the file, which may not exist.</summary>
    public static string Path =>
        System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".tenon", "plugins.json");

    /// <summary>
    /// The plugins.json in use: the one that <c>TENON_PLUGINS</c> names, otherwise the user's own if it exists, otherwise the one next
    /// to the program.
    /// </summary>
    public static string InUse => PluginsFile.FromEnvironment ?? (File.Exists(Path) ? Path : PluginsFile.Beside);

    /// <summary>Returns the plugins.json that records installed plugins: the named one, otherwise the user's own.</summary>
    /// <param name="named">The file that the command line names, or null.</param>
    public static string ForInstalling(string? named) => named ?? PluginsFile.FromEnvironment ?? Path;

    /// <summary>
    /// Calls an action that records a plugin in a plugins.json. If the file does not exist, it is created with the shipped plugins, and
    /// deleted if the action fails.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="record">The action.</param>
    public static T Recording<T>(string file, Func<T> record)
    {
        if (File.Exists(file))
            return record();
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!);
        Durable.WriteText(file, "{\n  \"shipped\": true,\n  \"folders\": [],\n  \"plugins\": {}\n}\n");
        try
        {
            return record();
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }
}
