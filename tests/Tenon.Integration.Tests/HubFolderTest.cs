using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Runs the program on copies of folders as they are on the hub.</summary>
public abstract class HubFolderTest : IDisposable
{
    /// <summary>The folders.</summary>
    protected static readonly string Hub = Path.Combine(AppContext.BaseDirectory, "data", "hub");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-hub-");

    /// <summary>A path in the test's own folder.</summary>
    protected string At(params string[] parts) => Path.Combine([_folder.FullName, .. parts]);

    /// <summary>Runs a command line in the test's own folder.</summary>
    protected ProgramResult Tenon(params string[] arguments) => InProcess.Run(_folder.FullName, arguments);

    /// <summary>Copies a folder.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="to">Name of the copy; null for the same.</param>
    protected string Copy(string name, string? to = null)
    {
        string folder = At(to ?? name);
        CopyFiles(Path.Combine(Hub, name), folder);
        return folder;
    }

    /// <summary>Copies the files of a folder.</summary>
    protected static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    /// <summary>Changes a JSON file, or makes one.</summary>
    protected static void Change(string folder, string file, Action<JsonObject> change)
    {
        string path = Path.Combine(folder, file);
        JsonObject content = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : [];
        change(content);
        File.WriteAllText(path, content.ToJsonString());
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
