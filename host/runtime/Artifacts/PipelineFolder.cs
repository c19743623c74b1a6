using System.Text.Json;
using System.Text.Json.Serialization;
using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>The folder of a pipeline: the folders of its stages, its recipe, and <c>pipeline.json</c>, which says how far each stage is.</summary>
public sealed class PipelineFolder
{
    private const string FileName = "pipeline.json";
    private const int CurrentLayout = 1;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly RunFolder _folder;
    private readonly OrderedDictionary<string, StageState> _states;

    private PipelineFolder(RunFolder folder, IEnumerable<Entry> states)
    {
        _folder = folder;
        _states = new OrderedDictionary<string, StageState>(states.Select(s => KeyValuePair.Create(s.Name, s.State)), StringComparer.Ordinal);
    }

    /// <summary>The folder's full path.</summary>
    public string Path => _folder.Path;

    /// <summary>The pipeline with everything resolved, which it is resumed from.</summary>
    public string Recipe => _folder.Recipe;

    /// <summary>Whether a folder is a pipeline's.</summary>
    /// <param name="path">Any path.</param>
    public static bool Is(string path) => File.Exists(System.IO.Path.Combine(path, FileName));

    /// <summary>What to say when the folder of a run or model is asked for and a pipeline's was named; null when it was not.</summary>
    /// <param name="path">The folder named.</param>
    internal static string? Error(string path) => Is(path)
        ? $"'{path}' is the folder of a pipeline. Name that of a stage: {string.Join(", ", Open(path)._states.Keys.Select(stage => System.IO.Path.Combine(path, stage)))}."
        : null;

    /// <summary>Makes the folder of a new pipeline: <c>name</c>, or <c>name-2</c>, <c>name-3</c>, … when that is taken.</summary>
    /// <param name="output">The folder to make it in; made when missing.</param>
    /// <param name="name">The pipeline's name.</param>
    public static PipelineFolder Create(string output, string name) => new(RunFolder.Create(output, name), []);

    /// <summary>Opens a pipeline's folder.</summary>
    /// <param name="path">An existing folder.</param>
    /// <exception cref="CheckpointException">It is none, or its <c>pipeline.json</c> is malformed.</exception>
    public static PipelineFolder Open(string path)
    {
        RunFolder folder = RunFolder.Open(path);
        string file = folder.File(FileName);
        try
        {
            Content content = JsonSerializer.Deserialize<Content>(File.ReadAllText(file), Json) ?? throw new JsonException("The file holds null.");
            return content.Layout == CurrentLayout
                ? new PipelineFolder(folder, content.Stages)
                : throw new CheckpointException($"'{file}' has the layout {content.Layout}; this version of Tenon reads {CurrentLayout}.");
        }
        catch (Exception cause) when (cause is JsonException or IOException or ArgumentException)
        {
            throw new CheckpointException($"'{file}' cannot be read: {cause.Message} Start the pipeline anew, or resume its stages one by one.", cause);
        }
    }

    /// <summary>How far a stage is; one that the file does not know has not begun.</summary>
    /// <param name="stage">Name of the stage.</param>
    public StageState State(string stage) => _states.TryGetValue(stage, out StageState state) ? state : StageState.Waiting;

    /// <summary>The folder of a stage's run; null before it was made.</summary>
    /// <param name="stage">Name of the stage.</param>
    public RunFolder? Stage(string stage) => Directory.Exists(_folder.File(stage)) ? RunFolder.Open(_folder.File(stage)) : null;

    /// <summary>Notes how far a stage is, and writes it.</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="state">How far it is.</param>
    internal void Set(string stage, StageState state)
    {
        _states[stage] = state;
        Durable.WriteText(_folder.File(FileName), JsonSerializer.Serialize(
            new Content { Layout = CurrentLayout, Stages = [.. _states.Select(s => new Entry { Name = s.Key, State = s.Value })] }, Json) + "\n");
    }

    /// <summary>Keeps other processes from going on with the pipeline until the result is disposed or this process dies.</summary>
    /// <exception cref="CheckpointException">The pipeline is going on.</exception>
    internal IDisposable Hold() => _folder.Lock();

    /// <summary>Whether a stage has made its folder.</summary>
    internal bool HasBegun => Directory.GetDirectories(Path).Length > 0;

    /// <summary>Deletes the folder.</summary>
    internal void Delete() => Durable.DeleteFolder(Path);

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
