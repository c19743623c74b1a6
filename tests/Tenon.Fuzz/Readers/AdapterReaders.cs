using System.Text;
using System.Text.Json.Nodes;

namespace Tenon.Fuzz.Readers;

/// <summary>Adapters in PEFT's layout: their configurations and their tensors.</summary>
internal static class AdapterReaders
{
    private const string Configuration = "adapter_config.json";
    private const string Weights = "adapter_model.safetensors";
    private const string BaseKey = "base_model_name_or_path";

    // Adapters and their base models.
    private static readonly (string Adapter, string Model)[] _folders =
    [
        ("lora-gpt2", "gpt2-tiny"), ("peft-lora-wte", "gpt2-tiny"), ("peft-prefix-seqcls", "bert-tiny-seqcls"),
        ("peft-prompt-seqcls", "bert-tiny-seqcls"), ("peft-ptuning-seqcls", "bert-tiny-seqcls"),
    ];

    private static readonly string[] _words =
    [
        "peft_type", "LORA", "PROMPT_TUNING", "PREFIX_TUNING", "P_TUNING", "r", "lora_alpha", "target_modules", "modules_to_save",
        "rank_pattern",
        "alpha_pattern", "num_virtual_tokens", "token_dim", "num_layers", "num_attention_heads", "encoder_hidden_size", "fan_in_fan_out",
        "bias",
        "use_rslora", "use_dora", "task_type", "classifier", "c_attn", "layers_to_transform", "all-linear", ".*", "(", BaseKey,
    ];

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return new Reader("adapter-config", InputFormat.Json, ModelReaders.Documented,
            () => [.. Seeds(Configuration), .. Workplace.Files("hostile/adapter-config")],
            (seed, content) => Open(workplace, seed.Name, Configuration, Relocated(workplace, seed.Name, content)))
        {
            Words = _words,
        };
        yield return new Reader("adapter-weights", InputFormat.Safetensors, ModelReaders.Documented, () => [.. Seeds(Weights)],
            (seed, content) => Open(workplace, seed.Name, Weights, content))
        {
            Words =
            [
                "dtype", "shape", "data_offsets", "F32", "BF16", "base_model.model.", "lora_A.weight", "lora_B.weight",
                "prompt_embeddings",
            ],
        };
    }

    private static IEnumerable<Seed> Seeds(string file) => _folders.Select(folder =>
        new Seed(folder.Adapter, File.ReadAllBytes(Path.Combine(ModelReaders.Golden(folder.Adapter), file))));

    // The configurations name folders of the machine that trained the adapters.
    private static byte[] Relocated(Workplace workplace, string name, byte[] content)
    {
        string text = Encoding.UTF8.GetString(content);
        foreach (string named in _folders.Select(folder => Named(folder.Adapter)).Distinct(StringComparer.Ordinal))
            text = text.Replace($"\"{named}\"", JsonValue.Create(Model(workplace, name)).ToJsonString(), StringComparison.Ordinal);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? content : Encoding.UTF8.GetBytes(text);
    }

    private static string Named(string adapter) => JsonNode.Parse(
        File.ReadAllBytes(Path.Combine(ModelReaders.Golden(adapter), Configuration)))![BaseKey]!.GetValue<string>();

    private static string Model(Workplace workplace, string adapter)
    {
        string model = _folders.FirstOrDefault(folder => folder.Adapter == adapter).Model ?? _folders[0].Model;
        return workplace.Folder(Path.Combine("bases", model), ModelReaders.Golden(model));
    }

    private static void Open(Workplace workplace, string name, string file, byte[] content)
    {
        string source = _folders.Any(folder => folder.Adapter == name) ? name : _folders[0].Adapter;
        string folder = workplace.Folder(Path.Combine("adapters", $"{source}+{file}"), ModelReaders.Golden(source));
        if (file != Configuration)
        {
            Workplace.Write(folder, Configuration,
                Relocated(workplace, source, File.ReadAllBytes(Path.Combine(ModelReaders.Golden(source), Configuration))));
        }

        Workplace.Write(folder, file, content);
        ModelReaders.Open(workplace, Model(workplace, source), [new(folder)]);
    }
}
