using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Tests;

/// <summary>The small real plugins that the build places beside the tests, and a folder for a plugins.json that names some.</summary>
internal sealed class Zoo : IDisposable
{
    public static string Plugins { get; } = Path.Combine(AppContext.BaseDirectory, "zoo");

    /// <summary>Where their projects lie.</summary>
    public static string Sources { get; } = Path.Combine(Path.GetDirectoryName(Here())!, "..", "plugins");

    public static IConfigurationSection NoOptions { get; } = new ConfigurationBuilder().Build().GetSection("none");

    public string Folder { get; } = Directory.CreateTempSubdirectory("tenon-").FullName;

    public string File => Path.Combine(Folder, "plugins.json");

    public PluginCatalogue Read(params (string Id, string Range)[] plugins) => ReadFrom(Plugins, plugins);

    public PluginCatalogue ReadFrom(string folder, params (string Id, string Range)[] plugins)
    {
        Write($"{{ \"folders\": [\"{folder}\"], // where\n \"plugins\": {{ " +
            $"{string.Join(", ", plugins.Select(p => $"\"{p.Id}\": \"{p.Range}\""))}, }} }}");
        return PluginCatalogue.Read(File);
    }

    public static PluginCatalogue Good()
    {
        using var zoo = new Zoo();
        return zoo.Read(("zoo.good", "1.0.*"));
    }

    public void Write(string json) => System.IO.File.WriteAllText(File, json);

    /// <summary>A copy of a plugin's version, to damage.</summary>
    public string Copy(string id, string version)
    {
        string target = Path.Combine(Folder, "copies", id);
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Plugins, id, version)))
            System.IO.File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Here([CallerFilePath] string file = "") => file;
}
