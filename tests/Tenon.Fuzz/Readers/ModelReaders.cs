using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;
using Tenon.Safetensors;
using TorchSharp;

namespace Tenon.Fuzz.Readers;

/// <summary>Model folders: the configuration of each architecture, weights, their index, and the files next to them.</summary>
internal static class ModelReaders
{
    private const string Configuration = "config.json";
    private const string Weights = "model.safetensors";
    private const string Preprocessor = "preprocessor_config.json";
    private const string GenerationConfiguration = "generation_config.json";
    private static readonly Type[] _documented = [typeof(ModelException), typeof(DataException), typeof(NotOfferedException)];
    private static readonly Lazy<string[]> _words = new(() => [.. Folders().SelectMany(folder => Keys(Path.Combine(folder, Configuration)))
        .Distinct(StringComparer.Ordinal)]);

    /// <summary>Exceptions by which a model folder is refused.</summary>
    public static IReadOnlyList<Type> Documented => _documented;

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return new Reader("config", InputFormat.Json, _documented, () => [.. Configurations()],
            (seed, content) => Open(workplace, Golden(seed.Name.Split('+')[0]), Configuration, content))
        { Words = _words.Value };
        yield return new Reader("weights", InputFormat.Safetensors, _documented,
            () => [.. new[] { "gpt2-value-head", "bert-two-heads" }
                .Select(name => new Seed(name, File.ReadAllBytes(Path.Combine(Hub(name), Weights))))],
            (seed, content) => Open(workplace, Hub(seed.Name), Weights, content))
        {
            Words = ["dtype", "shape", "data_offsets", "F32", "BF16", "I64", "__metadata__"],
        };
        yield return new Reader("weights-index", InputFormat.Json, _documented,
            () => [new Seed("index", Index()), .. Workplace.Files("hostile/sharded")], (_, content) => OpenSharded(workplace, content))
        {
            Words = ["weight_map", "metadata", "total_size", "part.safetensors", "../part.safetensors", "transformer.wte.weight"],
        };
        yield return new Reader("safetensors", InputFormat.Safetensors, [typeof(SafetensorsException)],
            () => [new Seed("small", Small(workplace)), new Seed("model", File.ReadAllBytes(Path.Combine(Hub("bert-two-heads"), Weights)))],
            (_, content) => ReadTensors(workplace, content))
        {
            Words = ["dtype", "shape", "data_offsets", "F32", "F16", "BF16", "I8", "U8", "BOOL", "F8_E4M3", "C64", "__metadata__", "w"],
        };
        yield return new Reader("preprocessor", InputFormat.Json, _documented,
            () => [.. Preprocessors()], (_, content) => Open(workplace, Golden("vit-tiny"), Preprocessor, content))
        {
            Words =
            [
                "size", "crop_size", "height", "width", "shortest_edge", "longest_edge", "image_mean", "image_std", "resample",
                "do_resize", "do_normalize", "do_rescale", "rescale_factor", "do_center_crop", "image_processor_type",
                "ViTImageProcessor",
            ],
        };
        yield return new Reader("generation-config", InputFormat.Json, _documented,
            () => [.. new[] { "bart-tiny", "llama-tiny", "t5-tiny" }.Select(name =>
                new Seed(name, File.ReadAllBytes(Path.Combine(Golden(name), GenerationConfiguration))))],
            (seed, content) => Open(workplace, Golden(seed.Name), GenerationConfiguration, content, opened => opened.GenerationSettings()))
        {
            Words =
            [
                "eos_token_id", "bos_token_id", "pad_token_id", "do_sample", "temperature", "top_p", "top_k", "num_beams", "max_length",
                "max_new_tokens", "no_repeat_ngram_size", "forced_bos_token_id", "bad_words_ids", "length_penalty", "early_stopping",
            ],
        };
        yield return new Reader("sentence-settings", InputFormat.Json, _documented,
            () => [new Seed("modules.json", Text(Modules)), new Seed("1_Pooling+config.json", Text(PoolingText)),
                new Seed("sentence_bert_config.json", Text("{\"max_seq_length\": 16, \"do_lower_case\": false}"))],
            (seed, content) => ReadSentences(workplace, seed.Name, content))
        {
            Words =
            [
                "type", "path", "pooling_mode_cls_token", "pooling_mode_mean_tokens", "pooling_mode_max_tokens", "max_seq_length",
                "sentence_transformers.models.Pooling", "sentence_transformers.models.Dense", "1_Pooling", "..",
            ],
        };
    }

    /// <summary>Path of a folder of the hub.</summary>
    public static string Hub(string name) => Path.Combine(Workplace.Data, "hub", name);

    /// <summary>Path of a folder with reference data.</summary>
    public static string Golden(string name) => Path.Combine(Workplace.Data, "goldens", name);

    /// <summary>Opens a model folder in which one file has been replaced.</summary>
    /// <param name="workplace">Has a copy of the folder.</param>
    /// <param name="source">The folder.</param>
    /// <param name="name">The file.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="use">Uses the model; null to only open it.</param>
    public static void Open(Workplace workplace, string source, string name, byte[] content, Action<OpenedModel>? use = null)
    {
        string folder = workplace.Folder(Path.Combine("models", $"{Path.GetFileName(source)}+{name}"), source);
        Workplace.Write(folder, name, content);
        Open(workplace, folder, use: use);
    }

    /// <summary>Opens a model folder as the commands do.</summary>
    public static void Open(Workplace workplace, string folder, AdapterChoice[]? adapters = null, Action<OpenedModel>? use = null) =>
        workplace.Host.Contained(() =>
        {
            using OpenedModel opened = workplace.Host.Open(folder, "cpu", ["--device:threads=1"], adapters);
            use?.Invoke(opened);
            return opened.Remarks.Count;
        });

    // The folder of each architecture, and once harmful configurations of two of them.
    private static IEnumerable<Seed> Configurations()
    {
        foreach (string folder in Folders())
            yield return new Seed(Path.GetFileName(folder), File.ReadAllBytes(Path.Combine(folder, Configuration)));
        foreach ((string type, string folder) in new[] { ("bert", "bert-tiny-mlm"), ("gpt2", "gpt2-tiny") })
        {
            foreach (Seed seed in Workplace.Files($"hostile/config-{type}"))
                yield return seed with { Name = $"{folder}+{seed.Name}" };
        }
    }

    private static IEnumerable<string> Folders() => Directory.EnumerateDirectories(Path.Combine(Workplace.Data, "goldens"))
        .Where(folder => File.Exists(Path.Combine(folder, Weights)) && TypeOf(folder).Length > 0).Order(StringComparer.Ordinal);

    private static string TypeOf(string folder)
    {
        JsonObject content = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, Configuration)))!.AsObject();
        return (content["model_type"] ?? content["_class_name"])?.GetValue<string>() ?? "";
    }

    private static IEnumerable<string> Keys(string file) =>
        JsonNode.Parse(File.ReadAllBytes(file))!.AsObject().Select(member => member.Key);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Index()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Hub("gpt2-value-head"), Weights));
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            metadata = new { total_size = 1 },
            weight_map = file.Tensors.Keys.ToDictionary(name => name, _ => "part.safetensors"),
        });
    }

    private static void OpenSharded(Workplace workplace, byte[] content)
    {
        string folder = workplace.Folder("sharded", Hub("gpt2-value-head"));
        if (File.Exists(Path.Combine(folder, Weights)))
            File.Move(Path.Combine(folder, Weights), Path.Combine(folder, "part.safetensors"));
        Workplace.Write(folder, "model.safetensors.index.json", content);
        Open(workplace, folder);
    }

    private static byte[] Small(Workplace workplace)
    {
        string file = Path.Combine(workplace.Folder("tensors"), "small.safetensors");
        using torch.Tensor floats = torch.ones(2, 3), numbers = torch.arange(4), flag = torch.tensor(true);
        SafetensorsFile.Write(file, [("w", floats), ("n", numbers), ("flag", flag)]);
        return File.ReadAllBytes(file);
    }

    private static void ReadTensors(Workplace workplace, byte[] content)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Workplace.Write(workplace.Folder("tensors"), Weights, content));
        _ = file.Metadata.Count;
        foreach (string name in file.Tensors.Keys)
            file.Read(name).Dispose();
    }

    private static IEnumerable<Seed> Preprocessors() =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(Golden("image-processors"), Configuration)))!.AsObject()
            .Where(setting => setting.Value is JsonObject)
            .Select(setting => new Seed(setting.Key, Text(setting.Value!.ToJsonString())));

    private const string Modules = """
        [
          { "idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer" },
          { "idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling" },
          { "idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize" }
        ]
        """;

    private const string PoolingText = """
        { "word_embedding_dimension": 32, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
            "pooling_mode_max_tokens": false }
        """;

    private static void ReadSentences(Workplace workplace, string name, byte[] content)
    {
        string folder = workplace.Folder("sentences");
        Workplace.Write(folder, "modules.json", Text(Modules));
        Workplace.Write(folder, Path.Combine("1_Pooling", Configuration), Text(PoolingText));
        Workplace.Write(folder, "sentence_bert_config.json", Text("{}"));
        Workplace.Write(folder, name.Replace('+', '/'), content);
        if (SentenceFolder.Find(folder) is { } settings)
            _ = (settings.Pooling, settings.MaximumTokens, settings.Files.Count);
    }
}
