using System.Text.Json.Nodes;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>A folder with an adapter in PEFT's layout; the weights of the model below it stand in a folder of their own.</summary>
internal sealed class AdapterFolder
{
    /// <summary>What makes a folder one.</summary>
    public const string ConfigurationFile = "adapter_config.json";

    /// <summary>The tensors.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>The key that names the base model's folder.</summary>
    public const string BaseModelKey = "base_model_name_or_path";

    /// <summary>What PEFT puts before the names of the base model's own tensors.</summary>
    public const string BaseModelPrefix = "base_model.model.";

    private AdapterFolder(string folder, JsonObject configuration) => (Folder, Configuration) = (folder, configuration);

    /// <summary>The folder's path.</summary>
    public string Folder { get; }

    /// <summary>Content of <c>adapter_config.json</c>.</summary>
    public JsonObject Configuration { get; }

    /// <summary>The kind of adapter, <c>peft_type</c>.</summary>
    /// <exception cref="ModelException">The configuration does not say.</exception>
    public string Type => Text("peft_type") ?? throw new ModelException(
        $"'{Path.Combine(Folder, ConfigurationFile)}' has no 'peft_type', so it is not known which adapter it is. Add \"peft_type\", for example \"LORA\".");

    /// <summary>
    /// The base model's folder: the one that the configuration names, as it stands there or seen from the adapter's, or
    /// else one of the same name beside the adapter's, so that both can be moved together.
    /// </summary>
    /// <exception cref="ModelException">There is no such folder.</exception>
    public string BaseModel
    {
        get
        {
            string named = Text(BaseModelKey) ?? throw new ModelException(
                $"'{Path.Combine(Folder, ConfigurationFile)}' has no '{BaseModelKey}'. Set it to the folder of the model that the adapter was trained on.");
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(named));
            string[] places = [.. new[] { named, Path.Combine(Folder, named), Path.Combine(Folder, "..", name) }
                .Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)];
            return places.FirstOrDefault(Directory.Exists) ?? throw new ModelException(
                $"The adapter in '{Folder}' was trained on the model '{named}', which is not there. Looked for: {string.Join(", ", places)}. " +
                $"Put the model's folder beside the adapter's, or set '{BaseModelKey}' in {ConfigurationFile}.");
        }
    }

    /// <summary>The adapter of a folder; null when it holds none.</summary>
    /// <param name="folder">The folder, which may be missing.</param>
    /// <exception cref="ModelException">Its configuration cannot be read.</exception>
    public static AdapterFolder? Find(string folder)
    {
        string file = Path.Combine(folder, ConfigurationFile);
        return File.Exists(file) ? new AdapterFolder(folder, JsonFile.ReadObject(file)) : null;
    }

    /// <summary>Reads the tensors, on the CPU.</summary>
    /// <returns>By PEFT's names. The caller disposes them.</returns>
    /// <exception cref="ModelException">The file is missing or damaged.</exception>
    public IReadOnlyDictionary<string, Tensor> ReadWeights()
    {
        string file = Path.Combine(Folder, WeightsFile);
        try
        {
            using SafetensorsFile weights = SafetensorsFile.Open(file);
            return weights.Tensors.Keys.ToDictionary(name => name, weights.Read, StringComparer.Ordinal);
        }
        catch (Exception cause) when (cause is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The adapter in '{file}' cannot be read: {cause.Message} Adapters of other formats have to be converted to safetensors.", cause);
        }
    }

    private string? Text(string key) => Configuration[key] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
