using System.Text.Json.Nodes;
using Tenon.Host.Native;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>
/// A folder with an adapter in PEFT's layout, or with the state of a PEFT prompt encoder, whose <c>config.json</c> then has a
/// <c>peft_type</c>. The weights of the base model are in a separate folder.
/// </summary>
internal sealed class AdapterFolder
{
    /// <summary>The file that identifies an adapter folder.</summary>
    public const string ConfigurationFile = "adapter_config.json";

    /// <summary>File with the tensors.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>The key of the base model's folder.</summary>
    public const string BaseModelKey = "base_model_name_or_path";

    /// <summary>
    /// Prefixes that PEFT adds to the base model's tensor names: for adapters with a tuner (LoRA), and for prompts.
    /// </summary>
    public static readonly string[] BaseModelPrefixes = ["base_model.model.", "base_model."];

    private const string EncoderConfigurationFile = "config.json";
    private const string EncoderWeightsFile = "model.safetensors";
    private const string TypeKey = "peft_type";
    private readonly string? _base;

    private AdapterFolder(string folder, JsonObject configuration, bool isEncoder, string? baseModel) =>
        (Folder, Configuration, IsEncoder, _base) = (folder, configuration, isEncoder, baseModel);

    /// <summary>The folder's path.</summary>
    public string Folder { get; }

    /// <summary>Content of <c>adapter_config.json</c>.</summary>
    public JsonObject Configuration { get; }

    /// <summary>Whether the folder contains only the state of a prompt encoder, and nothing of the base model.</summary>
    public bool IsEncoder { get; }

    /// <summary>Whether the base model is known.</summary>
    public bool NamesBaseModel => (_base ?? Text(BaseModelKey)) is not null;

    private string ConfigurationPath => Path.Combine(Folder, IsEncoder ? EncoderConfigurationFile : ConfigurationFile);

    /// <summary>The adapter's type, <c>peft_type</c>.</summary>
    /// <exception cref="ModelException">The configuration has no type.</exception>
    public string Type => Text(TypeKey) ?? throw new ModelException(
        $"'{ConfigurationPath}' has no '{TypeKey}', so the type of the adapter is unknown. Add \"{TypeKey}\", for example \"LORA\".");

    /// <summary>
    /// The base model's folder: the path in the configuration, as written or relative to the adapter's folder; failing that, a
    /// folder of the same name next to the adapter's, so that both can be moved together.
    /// </summary>
    /// <exception cref="ModelException">The folder does not exist.</exception>
    public string BaseModel
    {
        get
        {
            if (_base is not null)
                return Directory.Exists(_base) ? _base : throw new ModelException(MissingFolder.Message(_base));
            string named = Text(BaseModelKey) ?? throw new ModelException(
                $"'{ConfigurationPath}' has no '{BaseModelKey}'. Set it to the folder of the model that the adapter was trained on.");
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(named));
            string[] places = [.. new[] { named, Path.Combine(Folder, named), Path.Combine(Folder, "..", name) }
                .Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)];
            return places.FirstOrDefault(Directory.Exists) ?? throw new ModelException(
                $"The adapter in '{Folder}' was trained on the model '{named}', which does not exist. " +
                $"Searched: {string.Join(", ", places)}. " +
                $"Put the model's folder next to the adapter's, or set '{BaseModelKey}' in {Path.GetFileName(ConfigurationPath)}.");
        }
    }

    /// <summary>Opens the adapter of a folder; null if it contains none.</summary>
    /// <param name="folder">The folder; may be missing.</param>
    /// <param name="baseModel">Folder of the base model; null for the folder in its configuration.</param>
    /// <exception cref="ModelException">The configuration cannot be read.</exception>
    public static AdapterFolder? Find(string folder, string? baseModel = null)
    {
        string file = Path.Combine(folder, ConfigurationFile);
        if (File.Exists(file))
            return new AdapterFolder(folder, JsonFile.ReadObject(file), isEncoder: false, baseModel);
        string encoder = Path.Combine(folder, EncoderConfigurationFile);
        return File.Exists(encoder) && JsonFile.ReadObject(encoder) is var configuration && configuration.ContainsKey(TypeKey)
            ? new AdapterFolder(folder, configuration, isEncoder: true, baseModel) : null;
    }

    /// <summary>Reads the tensors, on the CPU.</summary>
    /// <returns>By PEFT's names. The caller disposes them.</returns>
    /// <exception cref="ModelException">The file is missing or damaged.</exception>
    public IReadOnlyDictionary<string, Tensor> ReadWeights()
    {
        string file = Path.Combine(Folder, IsEncoder ? EncoderWeightsFile : WeightsFile);
        try
        {
            using SafetensorsFile weights = SafetensorsFile.Open(file);
            return weights.Tensors.Keys.ToDictionary(name => name, weights.Read, StringComparer.Ordinal);
        }
        catch (Exception cause) when (cause is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The adapter in '{file}' cannot be read: {cause.Message}" +
                $"{(File.Exists(file) ? "" : ForeignWeights.Advice(Folder))}", cause);
        }
    }

    private string? Text(string key) =>
        Configuration[key] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
