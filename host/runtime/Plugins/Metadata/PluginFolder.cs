using System.Reflection;
using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>A folder with one version of a plugin, checked before any of its code is loaded.</summary>
internal sealed class PluginFolder
{
    private static readonly Lazy<HashSet<string>> HostAssemblies =
        new(() => ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(p => Path.GetFileNameWithoutExtension(p)).ToHashSet(StringComparer.OrdinalIgnoreCase));

    private readonly List<AssemblyFile> _assemblies = [];
    private readonly List<string> _notAssemblies = [];

    private PluginFolder(string? named, string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.dll").Order(StringComparer.Ordinal))
        {
            if (AssemblyFile.Open(path) is { } assembly)
                _assemblies.Add(assembly);
            else
                _notAssemblies.Add(Path.GetFileName(path));
        }

        string name = named ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        Plugin = new PluginInfo(name, null, folder, null);
        try
        {
            Components = MetadataCheck.Guard(() => Identify(named is not null, name, folder));
        }
        catch (BadImageFormatException error)
        {
            Plugin.In(PluginState.Refused, $"Plugin {Plugin} has damaged metadata ({error.Message}). Rebuild or reinstall it.");
        }
    }

    /// <summary>The plugin, ready or refused.</summary>
    public PluginInfo Plugin { get; private set; }

    /// <summary>Its components; empty when refused.</summary>
    public IReadOnlyList<ComponentInfo> Components { get; private set; } = [];

    /// <summary>Reads and checks a folder.</summary>
    /// <param name="id">The id in plugins.json; null for the plugin's own id.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static PluginFolder Read(string? id, string folder) => new(id, folder);

    // Returns the components; none if the plugin is refused.
    private IReadOnlyList<ComponentInfo> Identify(bool isNamed, string name, string folder)
    {
        List<(AssemblyFile Assembly, AttributeValues Identity)> marked = [.. _assemblies
            .SelectMany(a => Attributes(a, "Tenon.PluginAttribute").Select(v => (a, v)))];
        string id = isNamed || marked.Count != 1 ? name : (string)marked[0].Identity.Fixed[0]!;
        if (marked.Count != 1)
        {
            Plugin = new PluginInfo(id, null, folder, null)
                .In(PluginState.Refused, WithoutIdentity(id, folder, [.. marked.Select(m => m.Assembly)]));
            return [];
        }

        (AssemblyFile main, AttributeValues identity) = marked[0];
        Version? contract = Contract(main);
        Plugin = new PluginInfo(id, VersionOf(main), folder, main)
        {
            Summary = (string)identity.Fixed[1]!,
            ContractVersion = contract,
        };
        if (Refusal(main, (string)identity.Fixed[0]!) is not { } reason)
            return ReadComponents(main);
        Plugin.In(PluginState.Refused, reason);
        return [];
    }

    /// <summary>Returns the version folders in a plugin's folder, oldest version first; empty if there are none.</summary>
    /// <param name="folder">An existing folder: <c>id/</c>, as opposed to <c>id/version/</c>.</param>
    public static IReadOnlyList<string> Versions(string folder) => [.. Directory.EnumerateDirectories(folder)
        .Select(path => (Path: path, IsVersion: NuGetVersion.TryParse(Path.GetFileName(path), out NuGetVersion? version), Version: version))
        .Where(found => found.IsVersion).OrderBy(found => found.Version).Select(found => found.Path)];

    /// <summary>Returns a sentence that lists the versions in a folder; null if there are none.</summary>
    /// <param name="folder">Any path.</param>
    public static string? DescribeVersions(string folder) => Directory.Exists(folder) && Versions(folder) is { Count: > 0 } versions
        ? $"The folder '{folder}' is not a plugin: it contains versions of one ({string.Join(", ", versions.Select(Path.GetFileName))})."
        : null;

    private IReadOnlyList<ComponentInfo> ReadComponents(AssemblyFile main)
    {
        try
        {
            return new ComponentReader(main, new TypeWorld(_assemblies)).Read(Plugin);
        }
        catch (ComponentException error)
        {
            Plugin.In(PluginState.Refused, $"Plugin {Plugin} cannot be used: {error.Message}.");
            return [];
        }
    }

    private string WithoutIdentity(string id, string folder, IReadOnlyList<AssemblyFile> marked)
    {
        if (marked.Count > 1)
            return $"The folder '{folder}' contains {marked.Count} plugins " +
                $"({string.Join(", ", marked.Select(m => Path.GetFileName(m.Path)))}), but each plugin needs its own folder. Move all " +
                "but one of them.";
        if (_assemblies.Count == 0 && _notAssemblies.Count > 0)
            return $"Plugin '{id}' cannot be read: '{Path.Combine(folder, _notAssemblies[0])}' is not a .NET assembly, or is damaged. " +
                "Rebuild or reinstall it.";
        if (_assemblies.Count == 0 && DescribeVersions(folder) is { } held)
            return $"{held} Use one of them: '{Versions(folder)[^1]}'.";
        return _assemblies.Count == 0
            ? $"Plugin '{id}' cannot be read: the folder '{folder}' contains no assembly. Rebuild or reinstall it."
            : $"Plugin '{id}' cannot be read: no assembly in '{folder}' has [assembly: Plugin(\"{id}\", \"…\")]; found " +
                $"{string.Join(", ", _assemblies.Select(a => Path.GetFileName(a.Path)))}{Unreadable}. Add the attribute and rebuild it.";
    }

    private string Unreadable =>
        _notAssemblies.Count == 0 ? "" : $"; not assemblies, or damaged: {string.Join(", ", _notAssemblies)}";

    private string? Refusal(AssemblyFile main, string id)
    {
        if (id != Plugin.Id)
            return $"plugins.json lists '{Plugin.Id}', but the plugin in '{Plugin.Folder}' has the id '{id}'. Rename it to '{id}' in " +
                $"plugins.json and rename its folder to '{id}'.";
        foreach (AssemblyFile assembly in _assemblies)
        {
            if (Contract(assembly) is { } contract && !ContractAssembly.Runs(contract, ContractAssembly.Version))
                return ContractRefusal(assembly == main ? "" : $" ({Path.GetFileName(assembly.Path)})", contract);
        }

        return MissingDependency(main);
    }

    private string ContractRefusal(string where, Version contract)
    {
        Version offered = ContractAssembly.Version;
        return contract.Major == offered.Major
            ? $"Plugin {Plugin}{where} was built for contract {contract}, but this host has {offered}. Update the host to {contract} or " +
                $"later, or install a version of the plugin that was built for {offered}."
            : $"Plugin {Plugin}{where} was built for contract {contract}, but this host has {offered}, a different major version. " +
                $"Install a version of the plugin that was built for {(offered.Minor == 0 ? "" : $"{offered.Major}.0 to ")}{offered}, " +
                $"or a host with contract {contract.Major}.x.";
    }

    private string? MissingDependency(AssemblyFile main)
    {
        // deps.json may direct the loader to subfolders (runtimes/…), so subfolders are included.
        HashSet<string> present = Directory.EnumerateFiles(Plugin.Folder!, "*.dll", SearchOption.AllDirectories)
            .Select(p => Path.GetFileNameWithoutExtension(p)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { main.Name };
        var queue = new Queue<AssemblyFile>([main]);
        while (queue.TryDequeue(out AssemblyFile? assembly))
        {
            foreach (AssemblyName reference in assembly.References)
            {
                if (reference.Name == "System.Runtime" && reference.Version?.Major > Environment.Version.Major)
                    return $"Plugin {Plugin} was built for .NET {reference.Version.ToString(2)} ({Path.GetFileName(assembly.Path)}), " +
                        $"but this host runs on .NET {Environment.Version}. Install a newer host, or a version of the plugin for .NET " +
                        $"{Environment.Version.Major}.";
                if (!present.Contains(reference.Name!) && !HostAssemblies.Value.Contains(reference.Name!))
                    return $"Plugin {Plugin} needs {reference.Name} {reference.Version} (referenced by " +
                        $"{Path.GetFileName(assembly.Path)}), which is neither in '{Plugin.Folder}' nor part of this host. Build the " +
                        "plugin with <EnableDynamicLoading>true</EnableDynamicLoading> and install the complete output folder.";
                if (seen.Add(reference.Name!) && _assemblies.Find(a => a.Name == reference.Name) is { } next)
                    queue.Enqueue(next);
            }
        }

        return null;
    }

    private static Version? Contract(AssemblyFile assembly) =>
        assembly.References.FirstOrDefault(r => r.Name == ContractAssembly.Name)?.Version is { } version
            ? ContractAssembly.MajorMinor(version) : null;

    private static NuGetVersion VersionOf(AssemblyFile assembly)
    {
        string? informational = Attributes(assembly, "System.Reflection.AssemblyInformationalVersionAttribute")
            .Select(v => (string?)v.Fixed[0]).FirstOrDefault();
        return NuGetVersion.TryParse(informational, out NuGetVersion? version) ? version : new NuGetVersion(assembly.Version);
    }

    private static IEnumerable<AttributeValues> Attributes(AssemblyFile assembly, string type) =>
        assembly.Attributes(assembly.Reader.GetAssemblyDefinition().GetCustomAttributes()).Where(a => a.Type == type)
            .Select(a => assembly.Values(a.Attribute));
}
