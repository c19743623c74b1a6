using System.Security.Cryptography;
using System.Text.Json;
using NuGet.Versioning;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Loading;

/// <summary>A plugin as recorded in a lock.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Contract">The contract version that it was built for.</param>
/// <param name="Files">
/// SHA-256 of each file in lower-case hexadecimal, by path relative to the plugin's folder with forward slashes.
/// </param>
public sealed record LockedPlugin(string Version, string Contract, IReadOnlyDictionary<string, string> Files);

/// <summary>
/// plugins.lock.json: the exact plugins of a run. Debug symbols and documentation are excluded, because they do not affect a
/// plugin's behavior.
/// </summary>
/// <param name="Plugins">Plugins by id; further versions of a plugin by <c>id@version</c>.</param>
public sealed record PluginLock(IReadOnlyDictionary<string, LockedPlugin> Plugins)
{
    /// <summary>The default name of the file.</summary>
    public const string FileName = "plugins.lock.json";

    private static readonly JsonSerializerOptions Json =
        StoredJson.Strict(new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase });

    /// <summary>Locks plugins in their current state on disk.</summary>
    /// <param name="plugins">Ready or loaded plugins, one version each.</param>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static PluginLock Of(IEnumerable<PluginInfo> plugins) => new(plugins.OrderBy(p => p.Id, StringComparer.Ordinal)
        .ToDictionary(p => p.Id, p => new LockedPlugin(p.Version!.ToNormalizedString(), p.ContractVersion!.ToString(), Hashes(p.Folder!))));

    /// <summary>Locks every version of every plugin that recipes can use.</summary>
    /// <param name="catalogue">The catalogue.</param>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static PluginLock Of(PluginCatalogue catalogue) => Usable(catalogue)
        .Aggregate(new PluginLock(new Dictionary<string, LockedPlugin>()), (locked, plugin) => locked.With(plugin));

    /// <summary>Reads a lock.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PluginException">The file is missing or not a lock.</exception>
    public static PluginLock Read(string path)
    {
        try
        {
            PluginLock read = StoredJson.Read<PluginLock>(path, Json);
            return read.Plugins.FirstOrDefault(plugin => plugin.Value is null || plugin.Value.Files.Values.Contains(null!)) is { Key: { } key }
                ? throw new JsonException($"'{key}' is null, or has a file without a hash.")
                : read;
        }
        catch (JsonException error)
        {
            throw new PluginException($"'{path}' is not a plugin lock: {error.Message} Write one with: tenon plugins lock", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PluginException($"The plugin lock '{path}' does not exist. Write one with: tenon plugins lock", error);
        }
    }

    /// <summary>Returns the lock next to a plugins.json, or null.</summary>
    /// <param name="pluginsFile">Path of plugins.json.</param>
    /// <exception cref="PluginException">The file is not a lock.</exception>
    public static PluginLock? Beside(string pluginsFile)
    {
        string path = PathBeside(pluginsFile);
        return File.Exists(path) ? Read(path) : null;
    }

    /// <summary>Returns the path of the lock of a plugins.json.</summary>
    /// <param name="pluginsFile">Path of plugins.json.</param>
    public static string PathBeside(string pluginsFile) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(pluginsFile))!, FileName);

    /// <summary>Writes the lock.</summary>
    /// <param name="path">The file; overwritten.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Write(string path) => Durable.WriteText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Returns the lock with a plugin added in its current state on disk; other versions of the plugin are kept.</summary>
    /// <param name="plugin">A ready or loaded plugin.</param>
    /// <exception cref="IOException">A file could not be read.</exception>
    public PluginLock With(PluginInfo plugin)
    {
        PluginLock others = Without(plugin);
        string key = others.Plugins.ContainsKey(plugin.Id) ? $"{plugin.Id}@{plugin.Version!.ToNormalizedString()}" : plugin.Id;
        return new PluginLock(Sorted(others.Plugins.Append(new(key, Of([plugin]).Plugins[plugin.Id]))));
    }

    /// <summary>Returns the lock without a version of a plugin.</summary>
    /// <param name="plugin">The plugin; no effect if it is not in the lock.</param>
    public PluginLock Without(PluginInfo plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        return new PluginLock(Sorted(Plugins.Where(locked => !IsOf(locked, plugin))));
    }

    /// <summary>Compares a plugin with its version in the lock.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <returns>One sentence per difference; empty if there are none or the version is not locked.</returns>
    /// <exception cref="IOException">A file could not be read.</exception>
    public IReadOnlyList<string> Differences(PluginInfo plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        return [.. Plugins.Where(locked => IsOf(locked, plugin)).SelectMany(locked => Differences(locked.Value, plugin))];
    }

    /// <summary>
    /// Adds differences from the lock to the reasons why plugins were refused: if a file has changed, the original reason is
    /// probably a consequence of that.
    /// </summary>
    /// <param name="catalogue">The catalogue, whose plugins' reasons are changed.</param>
    /// <exception cref="IOException">A file could not be read.</exception>
    public void Explain(PluginCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        foreach (PluginInfo plugin in catalogue.Plugins.Where(p => p is { State: PluginState.Refused, Folder: not null }))
        {
            string[] changes = [.. Plugins.Where(locked => IsOf(locked, plugin)).SelectMany(locked => Changes(locked.Value, plugin))];
            if (changes.Length > 0)
                plugin.In(PluginState.Refused,
                    $"{string.Join(" ", changes)} Install the locked plugin again. The changed metadata gives: {plugin.Reason}");
        }
    }

    /// <summary>Compares the lock with the current plugins.</summary>
    /// <param name="catalogue">The current plugins.</param>
    /// <returns>One sentence per difference; empty if there are none.</returns>
    /// <exception cref="IOException">A file could not be read.</exception>
    public IReadOnlyList<string> Verify(PluginCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        return [.. Plugins.SelectMany(locked => Differences(ComponentReference.Split(locked.Key).Name, locked.Value, catalogue))];
    }

    /// <summary>Returns the usable plugins that are not in the lock.</summary>
    /// <param name="catalogue">The current plugins.</param>
    /// <returns>One sentence per plugin; empty if there are none.</returns>
    public IReadOnlyList<string> NotInLock(PluginCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        return [.. Usable(catalogue).Where(plugin => !Plugins.Any(locked => IsOf(locked, plugin)))
            .Select(plugin => $"Plugin {plugin} is not in the lock. Remove it from plugins.json, or, if you trust it, update the lock " +
                "with: tenon plugins lock")];
    }

    private static IEnumerable<PluginInfo> Usable(PluginCatalogue catalogue) =>
        catalogue.Plugins.Where(p => p.State is PluginState.Ready or PluginState.Loaded);

    private static IEnumerable<string> Differences(string id, LockedPlugin locked, PluginCatalogue catalogue)
    {
        List<PluginInfo> versions = [.. catalogue.Plugins.Where(p => p.Id == id && p.Folder is not null)];
        PluginInfo? plugin = versions.Find(p => IsVersion(locked.Version, p));
        if (plugin is null)
        {
            string found = versions.Count == 0
                ? "it is missing" : $"found {string.Join(", ", versions.Select(p => p.Version?.ToString() ?? $"'{p.Folder}'"))}";
            return [$"Plugin '{id}' is locked at {locked.Version}, but {found}. Install {locked.Version}, or update the lock with: " +
                "tenon plugins lock"];
        }

        return Differences(locked, plugin);
    }

    private static IEnumerable<string> Differences(LockedPlugin locked, PluginInfo plugin) => Changes(locked, plugin)
        .Select(change => $"{change} Install the locked plugin again, or, if you trust this one, update the lock with: tenon plugins lock");

    private static IEnumerable<string> Changes(LockedPlugin locked, PluginInfo plugin)
    {
        IReadOnlyDictionary<string, string> now = Hashes(plugin.Folder!);
        return locked.Files.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
            .Select(file => (File: file, Was: locked.Files.GetValueOrDefault(file), Is: now.GetValueOrDefault(file)))
            .Where(f => f.Was != f.Is)
            .Select(f => $"Plugin {plugin}: the file '{f.File}' {Change(f.Was, f.Is)}.");
    }

    private static bool IsOf(KeyValuePair<string, LockedPlugin> locked, PluginInfo plugin) =>
        ComponentReference.Split(locked.Key).Name == plugin.Id && IsVersion(locked.Value.Version, plugin);

    // If an assembly can no longer be read, the version is taken from the folder's name if 'install' created the folder.
    private static bool IsVersion(string locked, PluginInfo plugin) => plugin.Version is { } version
        ? version.ToNormalizedString() == locked
        : plugin.Folder is not null
            && (!NuGetVersion.TryParse(Path.GetFileName(plugin.Folder), out NuGetVersion? named) || named.ToNormalizedString() == locked);

    private static SortedDictionary<string, LockedPlugin> Sorted(IEnumerable<KeyValuePair<string, LockedPlugin>> plugins) =>
        new(plugins.ToDictionary(), StringComparer.Ordinal);

    private static string Change(string? was, string? found) => (was, found) switch
    {
        (null, _) => "is not in the lock",
        (_, null) => "is in the lock, but missing",
        _ => $"has SHA-256 {found}, but is locked with {was}",
    };

    private static Dictionary<string, string> Hashes(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(p => Path.GetExtension(p) is not (".pdb" or ".xml"))
        .Select(p => (Path: p, Name: Path.GetRelativePath(folder, p).Replace('\\', '/')))
        .OrderBy(p => p.Name, StringComparer.Ordinal)
        .ToDictionary(p => p.Name, p => Sha256(p.Path));

    private static string Sha256(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
