using System.CommandLine;
using NuGet.Versioning;
using Tenon.Cli.Packages;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins install</c>: installs a plugin and records it in plugins.json and the lock.</summary>
internal static class InstallCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var reference = new Argument<string>("plugin")
        {
            Description = "The plugin's id, optionally with @ and a version or NuGet version range: my.plugin@1.2, my.plugin@1.*",
        };
        Option<string[]> source = SourceOption();
        var folder = new Option<string>("--folder")
        {
            Description = "Folder to install into, as it will be written to plugins.json.",
            DefaultValueFactory = _ => PluginStore.UserFolder,
        };
        var command = new Command(
            "install", "Installs a plugin, keeping other versions, and records it in plugins.json and plugins.lock.json.")
        {
            reference, source, folder,
        };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), _ =>
        {
            (string id, string? version) = ComponentReference.Split(result.GetValue(reference)!);
            using var signal = new StopSignal();
            string file = UserPluginsFile.ForInstalling(result.GetValue(session.Plugins));
            using IDisposable held = PluginsFileLock.Hold(file, signal.Token);
            InstalledPlugin installed = UserPluginsFile.Recording(file, () => new PluginStore(file).Install(
                id, version is null ? null : Range(version), new PackageFeeds(result.GetValue(source)!), result.GetValue(folder)!,
                signal.Token));
            session.Line($"Installed {installed.Plugin} in '{installed.Plugin.Folder}'.{installed.SignatureNote}");
            if (result.GetValue(session.Plugins) is null)
                session.Line($"It is recorded in '{file}'.");
            return ExitCode.Done;
        }));
        return command;
    }

    /// <summary>
    /// Returns the option for package sources. Creates a new object on each call, because commands cannot share options.
    /// </summary>
    public static Option<string[]> SourceOption() => new("--source", "-s")
    {
        Description = "Folder with packages, or address of a NuGet source (repeatable). Default: the sources of your NuGet configuration.",
    };

    // A bare version means exactly that version, not a minimum.
    private static VersionRange Range(string text) =>
        NuGetVersion.TryParse(text, out NuGetVersion? exact) ? new VersionRange(exact, true, exact, true, originalString: text)
        : VersionRange.TryParse(text, out VersionRange? range) ? range
        : throw new PluginException($"'{text}' is not a version or NuGet version range. Examples: 1.2.0, 1.*, [1.2,2.0).");
}
