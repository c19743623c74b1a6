using NuGet.Versioning;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>
/// The plugins in plugins.json and their components, read from metadata without loading plugin code. An unusable plugin is
/// listed with the reason and does not affect the others.
/// </summary>
public sealed class PluginCatalogue
{
    private readonly List<(PluginInfo Plugin, IReadOnlyList<ComponentInfo> Components)> _all;

    private PluginCatalogue(PluginsFile file, List<(PluginInfo Plugin, IReadOnlyList<ComponentInfo> Components)> all)
    {
        File = file;
        _all = all;
        Plugins = [.. all.Select(p => p.Plugin)];
        Components = [.. all.Where(p => p.Plugin is { IsDefault: true, State: PluginState.Ready }).SelectMany(p => p.Components)
            .OrderBy(c => c.Kind.Order).ThenBy(c => c.Name, StringComparer.Ordinal)];
    }

    /// <summary>The file that was read.</summary>
    public PluginsFile File { get; }

    /// <summary>Every version found in the allowed range, and one entry per missing plugin, in the order of plugins.json.</summary>
    public IReadOnlyList<PluginInfo> Plugins { get; }

    /// <summary>The components available to recipes that request no version, by kind and name.</summary>
    public IReadOnlyList<ComponentInfo> Components { get; }

    /// <summary>
    /// A sentence for messages about missing components, preceded by a space, if some plugins cannot be used; otherwise empty.
    /// </summary>
    internal string NotReady => Plugins.All(p => p.State is PluginState.Ready or PluginState.Loaded)
        ? "" : " Some plugins are not ready; 'tenon plugins' reports why.";

    /// <summary>Reads plugins.json and the metadata of its plugins.</summary>
    /// <param name="pluginsFile">Path of plugins.json.</param>
    /// <exception cref="PluginsFileException">The file is missing or invalid.</exception>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static PluginCatalogue Read(string pluginsFile)
    {
        PluginsFile file = PluginsFile.Read(pluginsFile);
        var all = file.Plugins.SelectMany(entry => Versions(file, entry)).ToList();
        RefuseDuplicates(all);
        return new PluginCatalogue(file, all);
    }

    /// <summary>Reads the single plugin in a folder, under its own id.</summary>
    /// <param name="folder">A plugin's build output or installation folder.</param>
    /// <exception cref="PluginException">The folder contains no plugin, or one that this host cannot use.</exception>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static PluginCatalogue OfFolder(string folder)
    {
        string full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
            throw new PluginException($"The folder '{full}' does not exist. Use the plugin's build output folder, which contains its " +
                "assembly.");
        PluginFolder found = PluginFolder.Read(null, full);
        found.Plugin.IsDefault = true;
        return found.Plugin.State == PluginState.Ready
            ? new PluginCatalogue(new PluginsFile(full, [full], []), [(found.Plugin, found.Components)])
            : throw new PluginException(found.Plugin.Reason);
    }

    /// <summary>Returns the components of a kind, by name.</summary>
    /// <param name="kind">A kind.</param>
    public IEnumerable<ComponentInfo> OfKind(ComponentKind kind) => Components.Where(c => c.Kind == kind);

    /// <summary>Returns the components of a plugin; empty if this host cannot use it.</summary>
    /// <param name="plugin">One of <see cref="Plugins"/>.</param>
    public IReadOnlyList<ComponentInfo> ComponentsOf(PluginInfo plugin) => _all.First(p => p.Plugin == plugin).Components;

    /// <summary>Returns the component with a name, or null.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name, case-sensitive.</param>
    /// <param name="range">
    /// Version range of the plugin, of which NuGet's best match is used (<c>1.1</c>: the lowest version from 1.1 on; <c>1.*</c>:
    /// the highest 1.x). Null for the highest version in the range of plugins.json.
    /// </param>
    public ComponentInfo? Find(ComponentKind kind, string name, VersionRange? range = null)
    {
        if (range is null)
            return Components.FirstOrDefault(c => c.Kind == kind && c.Name == name);
        List<ComponentInfo> candidates = [.. AllVersionsOf(kind, name).Where(c => PluginEntry.Allows(range, c.Plugin.Version!))];
        NuGetVersion? best = range.FindBestMatch(candidates.Select(c => c.Plugin.Version!));
        return candidates.Find(c => c.Plugin.Version == best);
    }

    /// <summary>Returns the component with a name in each usable version of the plugins that provide it, oldest first.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    public IReadOnlyList<ComponentInfo> AllVersionsOf(ComponentKind kind, string name) =>
        [.. _all.Where(p => p.Plugin.State is PluginState.Ready or PluginState.Loaded).SelectMany(p => p.Components)
            .Where(c => c.Kind == kind && c.Name == name).OrderBy(c => c.Plugin.Version)];

    private static IEnumerable<(PluginInfo Plugin, IReadOnlyList<ComponentInfo> Components)> Versions(PluginsFile file, PluginEntry entry)
    {
        List<PluginFolder> found =
            [.. file.Folders.SelectMany(f => VersionFolders(Path.Combine(f, entry.Id))).Select(f => PluginFolder.Read(entry.Id, f))];
        if (found.Count == 0)
            return [(new PluginInfo(entry.Id, null, null, null).In(PluginState.Missing, Missing(file, entry)), [])];

        // If a version is in two folders, the first folder is used.
        List<PluginFolder> inRange = [.. found.Where(p => p.Plugin.Version is { } version && entry.Allows(version))
            .DistinctBy(p => p.Plugin.Version).OrderByDescending(p => p.Plugin.Version)];
        if (inRange.Count > 0)
        {
            inRange[0].Plugin.IsDefault = true;
            return inRange.Select(p => (p.Plugin, p.Components));
        }

        List<PluginFolder> withVersion = [.. found.Where(p => p.Plugin.Version is not null)];
        if (withVersion.Count == 0)
            return [(found[0].Plugin, [])];
        string versions = string.Join(", ", withVersion.Select(p => p.Plugin.Version!).Order());
        PluginInfo newest = withVersion.MaxBy(p => p.Plugin.Version)!.Plugin;
        return [(newest.In(
            PluginState.Refused,
            $"plugins.json restricts '{entry.Id}' to {entry.Range.OriginalString}; found: {versions}. Change the range in " +
            $"'{file.Path}', or install a version in it."), [])];
    }

    private static IEnumerable<string> VersionFolders(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        IReadOnlyList<string> versions = PluginFolder.Versions(folder);
        bool holdsPlugin = Directory.EnumerateFiles(folder, "*.dll").Any() || versions.Count == 0;
        return holdsPlugin ? versions.Prepend(folder) : versions;
    }

    private static string Missing(PluginsFile file, PluginEntry entry)
    {
        if (file.Folders.Count == 0)
            return $"plugins.json lists '{entry.Id}', but does not name any folders to search. Add \"folders\": [\"plugins\"] to " +
                $"'{file.Path}'.";
        if (file.Folders.FirstOrDefault(f => Path.GetFileName(f) == entry.Id) is { } own && PluginFolder.DescribeVersions(own) is { } held)
            return $"{held} Set its parent folder, '{Path.GetDirectoryName(own)}', in \"folders\" of '{file.Path}'.";
        IEnumerable<string> others = file.Folders.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories)
            .Select(f => Path.GetFileName(f));
        string places = string.Join(", ", file.Folders.Select(f => $"'{Path.Combine(f, entry.Id)}'"));
        return $"Plugin '{entry.Id}' is missing. Searched: {places}.{NearestName.Question(entry.Id, others)} Install it there, or " +
            $"remove it from '{file.Path}'.";
    }

    // The order in plugins.json decides, so that appending a plugin never changes the meaning of a recipe.
    private static void RefuseDuplicates(List<(PluginInfo Plugin, IReadOnlyList<ComponentInfo> Components)> all)
    {
        var owners = new Dictionary<(ComponentKind, string), PluginInfo>();
        for (int i = 0; i < all.Count; i++)
        {
            (PluginInfo plugin, IReadOnlyList<ComponentInfo> components) = all[i];
            ComponentInfo? rival =
                components.FirstOrDefault(c => owners.TryGetValue((c.Kind, c.Name), out PluginInfo? owner) && owner.Id != plugin.Id);
            if (rival is not null)
            {
                plugin.In(
                    PluginState.Refused,
                    $"Plugin {plugin} provides the {rival}, but so does {owners[(rival.Kind, rival.Name)]} above it in plugins.json. " +
                    "Remove one of them.");
                all[i] = (plugin, []);
                continue;
            }

            foreach (ComponentInfo component in components)
                owners.TryAdd((component.Kind, component.Name), plugin);
        }
    }
}
