using NuGet.Versioning;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Packages;

/// <summary>
/// Installed plugins: folders <c>id/version/</c>, listed in plugins.json and pinned by the lock next to it. Versions are
/// installed side by side; recipes choose one with <c>"use": "name@1.1"</c>.
/// </summary>
/// <param name="pluginsFile">Path of plugins.json.</param>
internal sealed class PluginStore(string pluginsFile)
{
    /// <summary>The user's plugin folder, as written in plugins.json.</summary>
    public const string UserFolder = "~/.tenon/plugins";

    /// <summary>Installs a plugin: its files, its line in plugins.json, its hashes in the lock.</summary>
    /// <param name="id">The plugin.</param>
    /// <param name="wanted">Allowed versions; null for the newest stable version that plugins.json allows.</param>
    /// <param name="feeds">Package sources.</param>
    /// <param name="folder">As written to plugins.json: relative to that file, absolute, or in the home folder.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="PluginException">No source has the plugin, or this host cannot use it; nothing was changed.</exception>
    public InstalledPlugin Install(string id, VersionRange? wanted, PackageFeeds feeds, string folder, CancellationToken stop)
    {
        PluginsFile file = PluginsFile.Read(pluginsFile);
        PluginEntry? entry = file.Plugins.FirstOrDefault(plugin => plugin.Id == id);
        IReadOnlyList<PackageOffer> offers = feeds.Versions(id, stop);
        PackageOffer offer = Choose(id, wanted ?? entry?.Range, offers, feeds);
        if (entry is not null && !entry.Allows(offer.Version))
        {
            throw new PluginException(
                $"'{pluginsFile}' restricts '{id}' to {entry.Range.OriginalString}, which excludes {offer.Version}. Change the range, " +
                "or install a version in it.");
        }

        string home = PluginsFile.Absolute(pluginsFile, folder);
        if (PluginCatalogue.Read(pluginsFile).Plugins.FirstOrDefault(plugin => plugin.Id == id && plugin.Version == offer.Version
            && !IsBelow(plugin.Folder!, home)) is { } there)
            throw new PluginException($"{there} is already installed in '{there.Folder}'. Remove it first, or install another version.");
        InstalledPlugin installed = Fetch(offer, Path.Combine(home, id, offer.Version.ToNormalizedString()), stop);
        if (!file.Folders.Contains(home))
            PluginsFileEditor.AddFolder(pluginsFile, folder);
        if (entry is null)
            PluginsFileEditor.Name(pluginsFile, id, $"{offer.Version.Major}.*{(offer.Version.IsPrerelease ? "-*" : "")}");
        WriteLock(locked => locked.With(installed.Plugin));
        return installed;
    }

    /// <summary>Installs the newest version in the range of plugins.json if it is newer than the installed version.</summary>
    /// <param name="id">The plugin; null for all installed plugins.</param>
    /// <param name="feeds">Package sources.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>The installed plugins with their previous versions.</returns>
    /// <exception cref="PluginException">The plugin is not installed, or cannot be used by this host.</exception>
    public IReadOnlyList<(InstalledPlugin Installed, NuGetVersion Before)> Update(string? id, PackageFeeds feeds, CancellationToken stop)
    {
        PluginInfo[] installed = [.. Installed().Where(plugin => plugin.IsDefault && (id is null || plugin.Id == id))];
        if (id is not null && installed.Length == 0)
            throw NotInstalled(id);
        var updated = new List<(InstalledPlugin, NuGetVersion)>();
        PluginsFile file = PluginsFile.Read(pluginsFile);
        foreach (PluginInfo plugin in installed)
        {
            PluginEntry entry = file.Plugins.First(named => named.Id == plugin.Id);
            PackageOffer? newest = feeds.Versions(plugin.Id, stop)
                .LastOrDefault(offer => entry.Allows(offer.Version) && offer.Version > plugin.Version);
            if (newest is null)
                continue;
            string home = Path.GetDirectoryName(plugin.Folder)!;
            InstalledPlugin now = Fetch(newest, Path.Combine(home, newest.Version.ToNormalizedString()), stop);
            WriteLock(locked => locked.With(now.Plugin));
            updated.Add((now, plugin.Version!));
        }

        return updated;
    }

    /// <summary>Removes a plugin's files and, when the last version is removed, its line in plugins.json.</summary>
    /// <param name="id">The plugin.</param>
    /// <param name="version">The version; null for all.</param>
    /// <returns>The removed versions.</returns>
    /// <exception cref="PluginException">The plugin is not installed.</exception>
    public IReadOnlyList<NuGetVersion> Remove(string id, NuGetVersion? version)
    {
        PluginInfo[] all = [.. Installed().Where(plugin => plugin.Id == id)];
        PluginInfo[] doomed = [.. all.Where(plugin => version is null || plugin.Version == version)];
        if (all.Length == 0)
            throw NotInstalled(id);
        if (doomed.Length == 0)
            throw new PluginException($"'{id}' {version} is not installed. Installed: " +
                $"{string.Join(", ", all.Select(plugin => plugin.Version))}.");
        foreach (PluginInfo plugin in doomed)
        {
            Durable.DeleteFolder(plugin.Folder!);
            WriteLock(locked => locked.Without(plugin));
        }

        if (doomed.Length == all.Length)
            PluginsFileEditor.Remove(pluginsFile, id);
        return [.. doomed.Select(plugin => plugin.Version!)];
    }

    private static bool IsBelow(string path, string folder) =>
        path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // The program's own plugins are in id/, installed plugins in id/version/.
    private IEnumerable<PluginInfo> Installed() => PluginCatalogue.Read(pluginsFile).Plugins
        .Where(plugin => plugin is { Folder: not null, Version: not null }
            && NuGetVersion.TryParse(Path.GetFileName(plugin.Folder), out _));

    private PluginException NotInstalled(string id)
    {
        string[] known = [.. Installed().Select(plugin => plugin.Id).Distinct(StringComparer.Ordinal)];
        return new PluginException(
            $"'{id}' is not installed by 'tenon plugins install'.{NearestName.Question(id, known)} Installed: " +
            $"{(known.Length == 0 ? "none" : string.Join(", ", known))}. To remove a plugin that came with the program, edit " +
            $"'{pluginsFile}'.");
    }

    private static PackageOffer Choose(string id, VersionRange? range, IReadOnlyList<PackageOffer> offers, PackageFeeds feeds)
    {
        if (offers.Count == 0)
            throw new PluginException($"There is no package '{id}' in {feeds.Names}. Set other sources with --source.");
        PackageOffer? chosen = range is null
            ? offers.LastOrDefault(offer => !offer.Version.IsPrerelease) ?? offers[^1]
            : range.FindBestMatch(offers.Select(offer => offer.Version)) is { } best && PluginEntry.Allows(range, best)
                ? offers.First(offer => offer.Version == best)
                : null;
        return chosen ?? throw new PluginException(
            $"No version of '{id}' is in {range!.OriginalString}; {feeds.Names} has " +
            $"{string.Join(", ", offers.Select(offer => offer.Version).Distinct())}.");
    }

    private static InstalledPlugin Fetch(PackageOffer offer, string folder, CancellationToken stop)
    {
        string package = Path.GetTempFileName();
        try
        {
            PackageFeeds.Fetch(offer, package, stop);
            PackageSignature? signature = PluginPackage.Intact(package, () => PackageSignature.Check(offer, package, stop));
            return new InstalledPlugin(PluginPackage.Unpack(package, folder), signature);
        }
        finally
        {
            File.Delete(package);
        }
    }

    private void WriteLock(Func<PluginLock, PluginLock> change)
    {
        PluginLock before = PluginLock.Beside(pluginsFile) ?? new PluginLock(new Dictionary<string, LockedPlugin>());
        change(before).Write(PluginLock.PathBeside(pluginsFile));
    }
}

/// <summary>An installed plugin.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Signature">The valid signature of its package; null when unsigned.</param>
internal sealed record InstalledPlugin(PluginInfo Plugin, PackageSignature? Signature)
{
    /// <summary>A sentence about the signature, to append to a message.</summary>
    public string SignatureNote => Signature is null ? "" : $" {Signature}";
}
