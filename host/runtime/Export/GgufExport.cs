using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;
using static TorchSharp.torch;

namespace Tenon.Host.Export;

/// <summary>Exports opened models and adapters to GGUF files.</summary>
internal static class GgufExport
{
    // The version of ggml's quantized formats.
    private const uint QuantizationVersion = 2;

    /// <summary>Writes a model with its adapters merged, and its tokenizer.</summary>
    /// <param name="opened">The model. Its adapters are merged.</param>
    /// <param name="file">The file; replaced if it exists.</param>
    /// <param name="weights">Format of the matrices; null for that of the folder's weights.</param>
    /// <exception cref="ModelException">llama.cpp has no such model or tokenizer, or a tensor does not fit the format.</exception>
    /// <exception cref="OptionsException">There is no such format.</exception>
    public static ExportReport Write(OpenedModel opened, string file, string? weights)
    {
        GgufType type = weights is null ? GgufType.Of(opened.StoredTypes.Main) : GgufType.Find(weights);
        IGgufModel model = opened.As<IGgufModel>("export");
        GgufLayout layout = model.DescribeGguf();
        GgufMetadata metadata = General(layout, "model", opened, type);
        foreach ((string key, int value) in layout.Counts)
            metadata.Add($"{layout.Architecture}.{key}", (uint)value);
        foreach ((string key, double value) in layout.Numbers)
            metadata.Add($"{layout.Architecture}.{key}", (float)value);
        foreach ((string key, string value) in layout.Texts)
            metadata.Add($"{layout.Architecture}.{key}", value);
        IReadOnlyList<string> remarks = GgufTokenizer.Write(opened.NeededTokenizer, metadata, model, layout);
        opened.MergeAdapters();
        IEnumerable<GgufEntry> tensors = opened.Weights().Select(weight => Entry(layout.Tensors[weight.Key], weight.Value, type));
        GgufWriter.Write(file, metadata, [.. Vectors(layout), .. tensors]);
        return new ExportReport(file, remarks);
    }

    /// <summary>Writes the LoRA adapter of a model as a file that llama.cpp applies to the exported base model.</summary>
    /// <param name="opened">The model with one adapter.</param>
    /// <param name="file">The file; replaced if it exists.</param>
    /// <param name="weights">Format of the matrices.</param>
    /// <exception cref="ModelException">llama.cpp has no such model or adapter, or a tensor does not fit the format.</exception>
    /// <exception cref="OptionsException">There is no such format.</exception>
    public static ExportReport WriteAdapter(OpenedModel opened, string file, string weights)
    {
        var type = GgufType.Find(weights);
        GgufLayout layout = opened.As<IGgufModel>("export").DescribeGguf();
        IReadOnlyDictionary<string, LowRankUpdate> updates = Updates(opened);
        using IModel original = opened.Architecture.Build(opened.Options, new BuildContext(META, new Autocast()));
        HashSet<string> known = [.. original.Module.state_dict().Keys];
        if (updates.Keys.FirstOrDefault(name => !known.Contains(WeightOf(name))) is { } tied)
            throw Refused($"it updates '{tied}', which shares its weight with the token embedding in the base model.");
        // The file has only one alpha: llama.cpp scales each product by alpha / rank.
        double alpha = updates.Values.Select(update => update.Scale * update.A.size(0)).FirstOrDefault(value => value != 0, 1);
        GgufMetadata metadata = General(layout, "adapter", opened, type);
        metadata.Add("adapter.type", "lora");
        metadata.Add("adapter.lora.alpha", (float)alpha);
        GgufWriter.Write(
            file, metadata, [.. updates.SelectMany(update => Entries(layout.Tensors[WeightOf(update.Key)], update.Value, alpha, type))]);
        return new ExportReport(file, []);
    }

    private static GgufMetadata General(GgufLayout layout, string kind, OpenedModel opened, GgufType type)
    {
        var metadata = new GgufMetadata();
        metadata.Add("general.architecture", layout.Architecture);
        metadata.Add("general.type", kind);
        metadata.Add("general.name", Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(opened.Folders[0]))));
        metadata.Add("general.file_type", type.FileType);
        metadata.Add("general.quantization_version", QuantizationVersion);
        return metadata;
    }

    private static IEnumerable<GgufEntry> Vectors(GgufLayout layout) => layout.Vectors.Select(vector =>
        new GgufEntry(vector.Key, [vector.Value.Count], GgufType.F32, () => tensor(vector.Value.ToArray())));

    private static GgufEntry Entry(GgufTensor layout, Tensor weight, GgufType type)
    {
        bool isMatrix = weight.dim() > 1 && !layout.IsFloat32;
        long[] shape = layout.IsTransposed ? [.. weight.shape.Reverse()] : weight.shape;
        return new GgufEntry(layout.Name, shape, isMatrix ? type : GgufType.F32, () => GgufRows.Arrange(layout, weight));
    }

    private static IEnumerable<GgufEntry> Entries(GgufTensor layout, LowRankUpdate update, double alpha, GgufType type)
    {
        double scale = update.Scale * update.A.size(0) / alpha;
        yield return new GgufEntry($"{layout.Name}.lora_a", update.A.shape, type, () => GgufRows.Interleave(update.A, heads: null));
        yield return new GgufEntry($"{layout.Name}.lora_b", update.B.shape, type, () =>
        {
            Tensor rows = GgufRows.Interleave(update.B, layout.InterleavedHeads);
            return scale == 1 ? rows : rows * scale;
        });
    }

    private static IReadOnlyDictionary<string, LowRankUpdate> Updates(OpenedModel opened)
    {
        if (opened.Adapters is not [var adapter])
        {
            throw new ModelException(opened.Adapters.Count == 0
                ? $"'{opened.Folders[0]}' is not an adapter folder, so there is no adapter to export. Export the model instead."
                : $"The model has {opened.Adapters.Count} adapters, but a file holds one. " +
                    "Export each one separately, or export the model with the adapters merged.");
        }

        return adapter is ILowRankAdapter lora ? lora.GetUpdates() : throw new ModelException(
            $"GGUF cannot hold this adapter: it is of type {adapter.Configuration["peft_type"]}, and llama.cpp supports only LORA.");
    }

    private static string WeightOf(string map) => $"{map}.weight";

    private static ModelException Refused(string why) =>
        new($"GGUF cannot hold this adapter: {why} Export the model with the adapter merged instead.");
}
