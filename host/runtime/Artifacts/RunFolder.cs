using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>The folder of a run, and what stands where in it. Its root is at the end the artifact.</summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Path = path;

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The folder's own name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Holds the checkpoints, a folder each.</summary>
    public string Checkpoints => File("checkpoints");

    /// <summary>Everything that the recipe came to.</summary>
    public string Recipe => File("recipe.json");

    /// <summary>The plugins used, with versions and hashes.</summary>
    public string PluginsLock => File("plugins.lock.json");

    /// <summary>Figures by step, a JSON object a line.</summary>
    public string Metrics => File("metrics.jsonl");

    /// <summary>Holds generated texts or images, a file for each time that some were made.</summary>
    public string Samples => File("samples");

    /// <summary>The losses as a picture.</summary>
    public string LossPlot => File("loss.png");

    /// <summary>What strategy and rewards recorded, as a picture.</summary>
    public string FiguresPlot => File("figures.png");

    /// <summary>What the finished run came to.</summary>
    public string Summary => File("summary.json");

    /// <summary>How the model does on held-out data, as <c>tenon eval</c> found it.</summary>
    public string Evaluation => File("evaluation.json");

    /// <summary>Which classes were taken for which, as a picture.</summary>
    public string ConfusionPlot => File("confusion.png");

    /// <summary>The path of something in the folder.</summary>
    /// <param name="name">Relative path.</param>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes the folder of a new run: <c>name</c>, or <c>name-2</c>, <c>name-3</c>, … when that is taken.</summary>
    /// <param name="output">The folder to make it in; made when missing.</param>
    /// <param name="name">The run's name.</param>
    public static RunFolder Create(string output, string name)
    {
        Directory.CreateDirectory(output);
        string wanted = System.IO.Path.GetFullPath(System.IO.Path.Combine(output, name));
        string path = wanted;
        for (int number = 2; Directory.Exists(path) || System.IO.File.Exists(path); number++)
            path = $"{wanted}-{number}";
        Directory.CreateDirectory(path);
        return new RunFolder(path);
    }

    /// <summary>Opens the folder of a run that is to go on.</summary>
    /// <param name="path">An existing folder.</param>
    /// <exception cref="CheckpointException">There is no such folder.</exception>
    public static RunFolder Open(string path)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(full))
            throw new CheckpointException($"There is no run folder '{full}'. Name the folder that the run was written to.");
        return new RunFolder(full);
    }

    /// <summary>
    /// Keeps other processes from training in the folder until the result is disposed or this process dies, and removes
    /// what was half written when an earlier one died.
    /// </summary>
    /// <exception cref="CheckpointException">A run is going on in the folder.</exception>
    public IDisposable Hold()
    {
        IDisposable held = Lock();
        Durable.RemoveLeftovers(Path);
        return held;
    }

    /// <summary>Keeps other processes out, and leaves everything as it is.</summary>
    /// <exception cref="CheckpointException">A run is going on in the folder.</exception>
    internal IDisposable Lock()
    {
        try
        {
            return new FileStream(File(".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException cause)
        {
            throw new CheckpointException($"The run folder '{Path}' cannot be used: {cause.Message} If the run is going on in another process, wait for it or stop it.", cause);
        }
    }
}
