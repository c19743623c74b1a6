using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;

namespace Tenon.Host.Inference.Text;

/// <summary>
/// The settings that sentence-transformers adds to a model folder: <c>modules.json</c> lists the modules after the transformer, and
/// <c>1_Pooling/config.json</c> specifies how the vectors of the tokens become one vector.
/// </summary>
internal sealed class SentenceFolder
{
    private const string ModulesFile = "modules.json";
    private const string DefaultPooling = "1_Pooling";
    private const string ConfigurationFile = "config.json";
    private const string LengthFile = "sentence_bert_config.json";

    // In the order in which several modes are concatenated; null if not supported.
    private static readonly (string Key, PoolingMode? Mode)[] Modes =
    [
        ("pooling_mode_cls_token", PoolingMode.ClassToken), ("pooling_mode_max_tokens", PoolingMode.Max),
        ("pooling_mode_mean_tokens", PoolingMode.Mean), ("pooling_mode_mean_sqrt_len_tokens", null),
        ("pooling_mode_weightedmean_tokens", null), ("pooling_mode_lasttoken", PoolingMode.LastToken),
    ];

    private readonly string _folder;
    private readonly string? _pooling;
    private readonly IReadOnlyList<string> _types;

    private SentenceFolder(string folder, string? pooling, IReadOnlyList<string> types) =>
        (_folder, _pooling, _types) = (folder, pooling, types);

    /// <summary>Reads the settings of a folder; null if it has none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ModelException">A file is malformed.</exception>
    public static SentenceFolder? Find(string folder)
    {
        string modules = Path.Combine(folder, ModulesFile);
        if (File.Exists(modules))
            return OfModules(folder, modules);
        string pooling = Path.Combine(folder, DefaultPooling, ConfigurationFile);
        return File.Exists(pooling) ? new SentenceFolder(folder, pooling, []) : null;
    }

    /// <summary>Reads the settings that apply to a model: those of the first folder that has any; null if none has.</summary>
    /// <param name="folders">The model's folder, and that of its base model.</param>
    /// <exception cref="ModelException">A file is malformed.</exception>
    public static SentenceFolder? Find(IEnumerable<string> folders) => folders.Select(Find).FirstOrDefault(found => found is not null);

    /// <summary>The files with the settings, for a folder that is written from this one: content by relative path.</summary>
    /// <exception cref="ModelException">The folder of a file is outside the model's folder.</exception>
    public IReadOnlyDictionary<string, string> Files
    {
        get
        {
            IEnumerable<string> files =
                new[] { Path.Combine(_folder, ModulesFile), _pooling, Path.Combine(_folder, LengthFile) }.OfType<string>();
            return files.Where(File.Exists).ToDictionary(Inside, File.ReadAllText, StringComparer.Ordinal);
        }
    }

    /// <summary>The folder's settings for computing vectors.</summary>
    /// <exception cref="ModelException">A module or a mode is not supported.</exception>
    public Pooling Pooling
    {
        get
        {
            if (_types.FirstOrDefault(type => type is not ("Transformer" or "Pooling" or "Normalize")) is { } other)
            {
                throw new ModelException(
                    $"'{Path.Combine(_folder, ModulesFile)}' has a module of type {other}; supported: Transformer, Pooling and " +
                    "Normalize. Set --pooling to embed without the module.");
            }

            return new Pooling(_pooling is null ? [] : Read(_pooling), _types.Contains("Normalize", StringComparer.Ordinal));
        }
    }

    /// <summary>Maximum number of tokens in a text (<c>max_seq_length</c>); null if it is not set.</summary>
    /// <exception cref="ModelException">The value is not a number of tokens.</exception>
    public int? MaximumTokens
    {
        get
        {
            string file = Path.Combine(_folder, LengthFile);
            if (!File.Exists(file) || JsonFile.ReadObject(file)["max_seq_length"] is not { } node)
                return null;
            return node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out int tokens) && tokens > 0
                ? tokens : throw new ModelException(
                    $"'{file}': 'max_seq_length' is {node.ToJsonString()}, but must be an integer of at least 1.");
        }
    }

    private string Inside(string file)
    {
        string inside = Path.GetRelativePath(_folder, file);
        return !Path.IsPathRooted(inside) && inside.Split(Path.DirectorySeparatorChar)[0] != ".." ? inside : throw new ModelException(
            $"'{Path.Combine(_folder, ModulesFile)}' names the folder '{Path.GetDirectoryName(inside)}', which is outside '{_folder}', " +
            "so it cannot be copied with the model. Move it into the folder, and correct 'path'.");
    }

    private static SentenceFolder OfModules(string folder, string file)
    {
        try
        {
            (string Type, string Path)[] modules = [.. JsonFile.ReadArray(file).Select(module => (
                module!["type"]!.GetValue<string>().Split('.')[^1], module["path"]!.GetValue<string>()))];
            string? pooling = modules.FirstOrDefault(module => module.Type == "Pooling").Path;
            return new SentenceFolder(
                folder, pooling is null ? null : Path.Combine(folder, pooling, ConfigurationFile),
                [.. modules.Select(module => module.Type)]);
        }
        catch (Exception cause) when (cause is InvalidOperationException or NullReferenceException)
        {
            throw new ModelException(
                $"'{file}' is malformed: {cause.Message} It must be a list of objects with the strings 'type' and 'path'.", cause);
        }
    }

    private static List<PoolingMode> Read(string file)
    {
        if (!File.Exists(file))
            throw new ModelException($"'{file}' does not exist, although {ModulesFile} names its folder. Restore it, or set --pooling.");
        JsonObject configuration = JsonFile.ReadObject(file);
        List<PoolingMode> modes = [];
        foreach ((string key, PoolingMode? mode) in Modes)
        {
            if (configuration[key]?.GetValueKind() != JsonValueKind.True)
                continue;
            modes.Add(mode ?? throw new ModelException(
                $"'{file}': '{key}' is true; supported: " +
                $"{string.Join(", ", Modes.Where(known => known.Mode is not null).Select(known => known.Key))}. " +
                "Set --pooling to use a different mode."));
        }

        return modes.Count > 0 ? modes : throw new ModelException(
            $"'{file}' sets none of {string.Join(", ", Modes.Select(known => known.Key))} to true. Set one of them, or use --pooling.");
    }
}
