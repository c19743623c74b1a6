using System.Reflection;
using McMaster.NETCore.Plugins;

namespace Tenon.Host.Plugins.Loading;

/// <summary>
/// The plugin assemblies of this process. They stay loaded until the program ends, because models outlive the host that created
/// them. A plugin is therefore loaded and compiled once, no matter how many hosts open it. Changed files are loaded again, into a
/// separate load context. Thread-safe.
/// </summary>
internal static class LoadedAssemblies
{
    private static readonly Lock Guard = new();
    private static readonly Dictionary<string, Assembly> Loaded = new(StringComparer.Ordinal);

    /// <summary>Loads a plugin's assembly into a separate load context, or returns it if it is already loaded.</summary>
    /// <param name="path">The assembly's full path.</param>
    /// <param name="sha256">The hash of the assembly's content.</param>
    /// <param name="shared">Types that host and plugin exchange; the same in every call.</param>
    public static Assembly Load(string path, string sha256, Type[] shared)
    {
        string version = Version(path, sha256);
        lock (Guard)
        {
            if (Loaded.TryGetValue(version, out Assembly? assembly))
                return assembly;
            // Not disposed: disposing would unload code that is in use until the program ends.
            return Loaded[version] = PluginLoader.CreateFromAssemblyFile(path, shared).LoadDefaultAssembly();
        }
    }

    // Identifies the assembly together with everything that it may load from its folder.
    private static string Version(string path, string sha256) => string.Join('\n',
        new DirectoryInfo(Path.GetDirectoryName(path)!).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Extension is ".dll" or ".json" or ".so" or ".dylib")
            .OrderBy(file => file.FullName, StringComparer.Ordinal)
            .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}")
            .Prepend($"{path} {sha256}"));
}
