using System.CommandLine;
using NuGet.Versioning;
using Tenon.Cli.Packages;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Plugins;

/// <summary><c>tenon plugins install</c>: fetches a plugin and names it in plugins.json and the lock.</summary>
internal static class InstallCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        var reference = new Argument<string>("plugin") { Description = "Its id; with a version or a NuGet version range behind @: my.plugin@1.2, my.plugin@1.*" };
        Option<string[]> source = SourceOption();
        var folder = new Option<string>("--folder") { Description = "Where plugins are installed: a folder as plugins.json names it.", DefaultValueFactory = _ => PluginStore.UserFolder };
        var command = new Command("install", "Installs a plugin beside other versions of it, and records it in plugins.json and plugins.lock.json.") { reference, source, folder };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), _ =>
        {
            (string id, string? version) = ComponentReference.Split(result.GetValue(reference)!);
            using var signal = new StopSignal();
            InstalledPlugin installed = new PluginStore(Session.PluginsFile(result.GetValue(session.Plugins)))
                .Install(id, version is null ? null : Range(version), new PackageFeeds(result.GetValue(source)!), result.GetValue(folder)!, signal.Token);
            session.Line($"Installed {installed.Plugin} in '{installed.Plugin.Folder}'.{installed.SignatureNote}");
            return ExitCode.Done;
        }));
        return command;
    }

    /// <summary>The option that names package sources. A new one each time, since each command owns its own.</summary>
    public static Option<string[]> SourceOption() => new("--source", "-s") { Description = "A folder with packages or the address of a NuGet source; several are allowed. None: the sources of your NuGet configuration." };

    // A version alone means that version, not the lowest from it on.
    private static VersionRange Range(string text) =>
        NuGetVersion.TryParse(text, out NuGetVersion? exact) ? new VersionRange(exact, true, exact, true, originalString: text)
        : VersionRange.TryParse(text, out VersionRange? range) ? range
        : throw new PluginException($"'{text}' is no version and no NuGet version range. Allowed are for example 1.2.0, 1.*, [1.2,2.0).");
}
