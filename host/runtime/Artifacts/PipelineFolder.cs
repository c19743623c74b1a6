using System.Text.Json;
using System.Text.Json.Serialization;
using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>
/// The folder of a pipeline: the folders of its stages, its recipe, and <c>pipeline.json</c>, which records the state of each
/// stage.
/// </summary>
public sealed class PipelineFolder
{
    private const string FileName = "pipeline.json";
    private const int CurrentLayout = 1;
    private static readonly JsonSerializerOptions Json = StoredJson.Strict(new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    });

    private readonly RunFolder _folder;
    private readonly OrderedDictionary<string, StageState> _states;

    private PipelineFolder(RunFolder folder, IEnumerable<Entry> states)
    {
        _folder = folder;
        _states = new OrderedDictionary<string, StageState>(
            states.Select(s => KeyValuePair.Create(s.Name, s.State)), StringComparer.Ordinal);
    }

    /// <summary>The folder's full path.</summary>
    public string Path => _folder.Path;

    /// <summary>The file with the fully resolved pipeline, from which it is resumed.</summary>
    public string Recipe => _folder.Recipe;

    /// <summary>Returns whether a folder belongs to a pipeline.</summary>
    /// <param name="path">Any path.</param>
    public static bool Is(string path) => File.Exists(System.IO.Path.Combine(path, FileName));

    /// <summary>
    /// Error message when a pipeline's folder is used where a run or model folder is required; null if it is not a pipeline's
    /// folder.
    /// </summary>
    /// <param name="path">The given folder.</param>
    internal static string? Error(string path) => Is(path)
        ? $"'{path}' is the folder of a pipeline. Use the folder of one of its stages: " +
            $"{string.Join(", ", Open(path)._states.Keys.Select(stage => System.IO.Path.Combine(path, stage)))}."
        : null;

    /// <summary>The folder of a pipeline that begins.</summary>
    /// <param name="folder">An empty folder.</param>
    internal static PipelineFolder New(RunFolder folder) => new(folder, []);

    /// <summary>Opens a pipeline's folder.</summary>
    /// <param name="path">An existing folder.</param>
    /// <exception cref="CheckpointException">It is not a pipeline's folder, or its <c>pipeline.json</c> is malformed.</exception>
    public static PipelineFolder Open(string path)
    {
        RunFolder folder = RunFolder.Open(path);
        string file = folder.File(FileName);
        try
        {
            Content content = StoredJson.Read<Content>(file, Json);
            if (content.Stages.Contains(null!))
                throw new JsonException("'stages' contains null.");
            return content.Layout == CurrentLayout
                ? new PipelineFolder(folder, content.Stages)
                : throw new CheckpointException($"'{file}' has the layout {content.Layout}; this version of Tenon reads {CurrentLayout}.");
        }
        catch (Exception cause) when (cause is JsonException or IOException or ArgumentException)
        {
            throw new CheckpointException($"'{file}' cannot be read: {cause.Message} " +
                "Start the pipeline again, or resume its stages individually.", cause);
        }
    }

    /// <summary>State of a stage; a stage that is not in the file has not begun.</summary>
    /// <param name="stage">Name of the stage.</param>
    public StageState State(string stage) => _states.TryGetValue(stage, out StageState state) ? state : StageState.Waiting;

    /// <summary>Returns the folder of a stage's run; null before the run is accepted.</summary>
    /// <param name="stage">Name of the stage.</param>
    public RunFolder? Stage(string stage) =>
        Directory.Exists(_folder.File(stage)) && RunFolder.Open(_folder.File(stage)) is var run && File.Exists(run.Recipe) ? run : null;

    /// <summary>Records the state of a stage and writes the file.</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="state">The new state.</param>
    internal void Set(string stage, StageState state)
    {
        _states[stage] = state;
        Durable.WriteText(_folder.File(FileName), JsonSerializer.Serialize(
            new Content { Layout = CurrentLayout, Stages = [.. _states.Select(s => new Entry { Name = s.Key, State = s.Value })] },
            Json) + "\n");
    }

    /// <summary>Locks the pipeline against other processes until the returned object is disposed or this process ends.</summary>
    /// <exception cref="CheckpointException">The pipeline is running.</exception>
    internal IDisposable Hold() => _folder.Hold();

    /// <summary>Whether a stage has created its folder.</summary>
    internal bool HasBegun => Directory.GetDirectories(Path).Length > 0;

    private sealed record Content
    {
        public required int Layout { get; init; }

        public required IReadOnlyList<Entry> Stages { get; init; }
    }

    private sealed record Entry
    {
        public required string Name { get; init; }

        public required StageState State { get; init; }
    }
}
