using Tenon.Host.Artifacts;

namespace Tenon.Server.Runs;

/// <summary>
/// A folder with the folders of runs, and of pipelines with a run for each stage. Requests name runs and files, which are compared with
/// the names in the folder and are never paths; links are not followed.
/// </summary>
/// <param name="path">The folder's full path.</param>
internal sealed class RunsFolder(string path)
{
    private static readonly string[] Plots = ["loss.png", "figures.png"];

    private static readonly EnumerationOptions NoLinks = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden,
        IgnoreInaccessible = true,
    };

    /// <summary>The runs by name, newest first. The name of a stage's run is <c>PIPELINE/STAGE</c>.</summary>
    public IReadOnlyList<(string Name, RunFolder Folder)> All()
    {
        List<(string Name, RunFolder Folder, DateTime Changed)> found = [];
        foreach (DirectoryInfo folder in Folders(new DirectoryInfo(path)))
        {
            if (!PipelineFolder.Is(folder.FullName))
                Add(folder.Name, folder);
            else
                foreach (DirectoryInfo stage in Folders(folder))
                    Add($"{folder.Name}/{stage.Name}", stage);
        }

        return [.. found.OrderByDescending(run => run.Changed).ThenBy(run => run.Name, StringComparer.Ordinal)
            .Select(run => (run.Name, run.Folder))];

        void Add(string name, DirectoryInfo folder)
        {
            RunFolder run = RunFolder.Open(folder.FullName);
            if (File.Exists(run.Recipe))
                found.Add((name, run, Changed(run)));
        }
    }

    /// <summary>Returns a run; null if there is none with this name.</summary>
    public RunFolder? Find(string name) => All().FirstOrDefault(run => run.Name == name).Folder;

    /// <summary>Time of a run's last metrics, or of its start.</summary>
    public static DateTime Changed(RunFolder run) => File.GetLastWriteTimeUtc(File.Exists(run.Metrics) ? run.Metrics : run.Recipe);

    /// <summary>Names of a run's plots.</summary>
    public static IEnumerable<string> PlotsOf(RunFolder run) => Files(run.Path).Where(Plots.Contains).Order(StringComparer.Ordinal);

    /// <summary>Names of a run's samples, texts and images, in the order in which they were written.</summary>
    public static IEnumerable<string> SamplesOf(RunFolder run) =>
        new DirectoryInfo(run.Path).EnumerateDirectories("*", NoLinks).Any(folder => folder.FullName == run.Samples)
            ? Files(run.Samples).Where(name => Path.GetExtension(name) is ".png" or ".txt").Order(StringComparer.Ordinal)
                .Select(name => $"{Path.GetFileName(run.Samples)}/{name}")
            : [];

    private static IEnumerable<DirectoryInfo> Folders(DirectoryInfo parent) => parent.EnumerateDirectories("*", NoLinks);

    private static IEnumerable<string> Files(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", NoLinks).Select(file => file.Name);
}
