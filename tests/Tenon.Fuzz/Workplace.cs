using Microsoft.Extensions.Configuration;
using Tenon.Host;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;

namespace Tenon.Fuzz;

/// <summary>What readers share in a process: the library with the shipped plugins, and a temporary folder.</summary>
internal sealed class Workplace : IDisposable
{
    private const string Hostile = "hostile/";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-fuzz-");
    private readonly Lazy<TenonHost> _host = new(() => new TenonHost());
    private readonly Stack<IDisposable> _owned = [];

    /// <summary>The folder with the seeds that are files.</summary>
    public static string Data { get; } = Path.Combine(AppContext.BaseDirectory, "data");

    /// <summary>The library.</summary>
    public TenonHost Host => _host.Value;

    /// <summary>A path in the temporary folder.</summary>
    public string At(params string[] parts) => Path.Combine([_folder.FullName, .. parts]);

    /// <summary>Creates a folder on first use, and returns it.</summary>
    /// <param name="name">Its path in the temporary folder.</param>
    /// <param name="sources">Folders whose files are copied into it.</param>
    public string Folder(string name, params IEnumerable<string> sources)
    {
        string folder = At(name);
        if (Directory.Exists(folder))
            return folder;
        Directory.CreateDirectory(folder);
        foreach (string file in sources.SelectMany(source => Directory.EnumerateFiles(source)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    /// <summary>Writes an input to a file.</summary>
    /// <returns>The file's path.</returns>
    public static string Write(string folder, string name, byte[] content)
    {
        string file = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return file;
    }

    /// <summary>The files of a folder below <see cref="Data"/> as seeds, except its README.</summary>
    /// <param name="folder">Relative path; may be missing.</param>
    /// <param name="pattern">Pattern of their names.</param>
    public static IEnumerable<Seed> Files(string folder, string pattern = "*")
    {
        string path = Path.Combine(Data, folder);
        return !Directory.Exists(path) ? [] : Directory.EnumerateFiles(path, pattern).Where(file => Path.GetFileName(file) != "README.md")
            .Order(StringComparer.Ordinal).Select(file => new Seed(Path.GetFileName(file), File.ReadAllBytes(file))
            {
                IsDamaged = folder.StartsWith(Hostile, StringComparison.Ordinal),
            });
    }

    /// <summary>Creates a component with options.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">The options, as in a recipe.</param>
    public Chosen<TComponent> Make<TComponent>(ComponentKind kind, string name, params IEnumerable<KeyValuePair<string, string?>> options)
        where TComponent : class, IComponent =>
        Host.Components.Make<TComponent>(new ComponentChoice(kind, name, null, new ConfigurationBuilder()
            .AddInMemoryCollection(options.Select(option => KeyValuePair.Create($"options:{option.Key}", option.Value)))
            .Build().GetSection("options")));

    /// <summary>Takes ownership of an object, which is disposed before the library.</summary>
    public void Own(IDisposable owned) => _owned.Push(owned);

    /// <summary>Frees the library and deletes the folder.</summary>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned))
            owned.Dispose();
        if (_host.IsValueCreated)
            _host.Value.Dispose();
        _folder.Delete(recursive: true);
    }
}
