using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Native;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>
/// Writes model folders in the layout of Python's transformers, diffusers and PEFT. Weights are written last, so a folder with
/// weights is complete.
/// </summary>
internal static class ModelFolder
{
    /// <summary>Human-readable JSON.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    /// <summary>Writes configuration, tokenizer and weights.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="layout">Configuration files and the location of the weights.</param>
    /// <param name="tokenizer">The model's tokenizer, or null.</param>
    /// <param name="model">The model with the weights.</param>
    public static void Save(string folder, ModelLayout layout, ITokenizer? tokenizer, nn.Module model) =>
        Save(folder, layout, tokenizer, SharedTensors.Once(model));

    /// <summary>Writes configuration, tokenizer and weights.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="layout">Configuration files and the location of the weights.</param>
    /// <param name="tokenizer">The model's tokenizer, or null.</param>
    /// <param name="weights">The weights by name, owned by the caller.</param>
    /// <param name="maxShardBytes">Bytes above which the weights are written to several files.</param>
    public static void Save(
        string folder, ModelLayout layout, ITokenizer? tokenizer, IReadOnlyDictionary<string, Tensor> weights,
        long maxShardBytes = WeightsWriter.MaxShardBytes)
    {
        SaveConfiguration(folder, layout, tokenizer);
        WeightsWriter.SaveModel(Path.Combine(folder, layout.WeightsFile), weights, maxShardBytes);
    }

    /// <summary>
    /// Writes an adapter with the base model's configuration and tokenizer, but without the base model's weights.
    /// </summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="layout">The base model's configuration files.</param>
    /// <param name="tokenizer">The model's tokenizer, or null.</param>
    /// <param name="adapter">The trained adapter.</param>
    /// <param name="baseModel">The base model's folder.</param>
    public static void Save(string folder, ModelLayout layout, ITokenizer? tokenizer, IAdapter adapter, string baseModel)
    {
        SaveConfiguration(folder, layout, tokenizer);
        SaveAdapter(folder, adapter, baseModel);
    }

    /// <summary>Writes an adapter in PEFT's layout.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="baseModel">The base model's folder.</param>
    public static void SaveAdapter(string folder, IAdapter adapter, string baseModel)
    {
        JsonObject configuration = adapter.Configuration.DeepClone().AsObject();
        configuration[AdapterFolder.BaseModelKey] = baseModel;
        SaveJson(Path.Combine(folder, AdapterFolder.ConfigurationFile), configuration);
        WeightsWriter.Save(Path.Combine(folder, AdapterFolder.WeightsFile), adapter.Weights);
    }

    /// <summary>Writes configuration and tokenizer.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="layout">Configuration files.</param>
    /// <param name="tokenizer">The model's tokenizer, or null.</param>
    public static void SaveConfiguration(string folder, ModelLayout layout, ITokenizer? tokenizer)
    {
        foreach ((string path, JsonObject content) in layout.Configuration.Files)
            SaveJson(Path.Combine(folder, path), content);
        foreach ((string path, string content) in layout.SentenceFiles)
            SaveText(Path.Combine(folder, path), content);
        if (tokenizer is not null)
            SaveTokenizer(folder, tokenizer);
    }

    private static void SaveJson(string path, JsonObject content) => SaveText(path, content.ToJsonString(Indented) + "\n");

    private static void SaveText(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Durable.WriteText(path, content);
    }

    /// <summary>A tokenizer chooses its own file names, so it writes to a temporary folder, and the files are then moved.</summary>
    private static void SaveTokenizer(string folder, ITokenizer tokenizer)
    {
        string aside = Durable.Temporary(Path.Combine(folder, "tokenizer"));
        Durable.CreateStaging(aside, tokenizer.Save);
        foreach (string file in Directory.GetFiles(aside))
            Durable.Publish(file, Path.Combine(folder, Path.GetFileName(file)));
        Directory.Delete(aside, recursive: true);
    }
}

/// <summary>Files of a model's configuration and weights in its folder.</summary>
/// <param name="Configuration">The configuration files.</param>
/// <param name="WeightsFile">Relative path of the weights.</param>
internal sealed record ModelLayout(ModelConfiguration Configuration, string WeightsFile)
{
    /// <summary>
    /// Files of sentence-transformers that the model inherits from the folder it was created from: content by relative path.
    /// </summary>
    public IReadOnlyDictionary<string, string> SentenceFiles { get; init; } = new Dictionary<string, string>();
}
