using System.Text.Json.Nodes;

namespace Tenon.Llama.Tests;

/// <summary>config.json in the formats of versions 4 and 5 of transformers.</summary>
public class LlamaConfigurationTests
{
    private const string Sizes = """
        "num_hidden_layers": 4, "hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 50, "max_position_embeddings": 64
        """;

    private static readonly LlamaArchitecture Architecture = new();

    public static TheoryData<string> Folders => [.. Models.Folders];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_configuration_is_written_as_it_was_read(string folder)
    {
        LlamaOptions read = Architecture.Read(Goldens.Configuration(folder));

        JsonObject written = Architecture.Describe(read)["config.json"], found = Goldens.Config(folder);

        Architecture.Read(new ModelConfiguration(written)).Should().Be(read);
        string[] others = ["dtype", "transformers_version", "use_cache", "pretraining_tp", "max_window_layers", "head_dim"];
        foreach ((string key, JsonNode? value) in found.Where(entry => !others.Contains(entry.Key)))
        {
            written.ContainsKey(key).Should().BeTrue(key);
            JsonNode.DeepEquals(written[key], value).Should()
                .BeTrue($"{key} is {written[key]?.ToJsonString()}, not {value?.ToJsonString()}");
        }
    }

    [Theory]
    [InlineData("""{"model_type": "llama"}""", 32, 4096, 32, 32, 128, 11008, 2048, 32000, 10_000.0, 2, null)]
    [InlineData("""{"model_type": "mistral"}""", 32, 4096, 32, 8, 128, 14336, 131072, 32000, 10_000.0, 2, 4096)]
    [InlineData("""{"model_type": "qwen2"}""", 32, 4096, 32, 32, 128, 22016, 32768, 151936, 10_000.0, null, null)]
    [InlineData("""{"model_type": "qwen3"}""", 32, 4096, 32, 32, 128, 22016, 32768, 151936, 10_000.0, null, null)]
    public void Missing_keys_take_the_reference_defaults(
        string config, int layers, int hidden, int heads, int keyValueHeads, int headSize,
        int feedForward, int context, int vocabulary, double theta,
        int? endOfText, int? window)
    {
        Read(config).Should().BeEquivalentTo(new
        {
            Layers = layers,
            HiddenSize = hidden,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            FeedForwardSize = feedForward,
            ContextLength = context,
            VocabularySize = vocabulary,
            RopeTheta = theta,
            RmsNormEpsilon = 1e-6,
            Activation = "silu",
            TieEmbeddings = false,
            EndOfText = endOfText,
            SlidingWindow = window,
            SlidingLayers = (IReadOnlyList<int>?)null,
        });
    }

    // The same values in the format of version 4, in its older format with `type`, and in the format of version 5.
    [Theory]
    [InlineData(
        """ "rope_theta": 500000.0, "torch_dtype": "bfloat16" """,
        """ "rope_theta": 500000, "rope_scaling": {"rope_type": "default"} """,
        """ "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}, "dtype": "bfloat16" """)]
    [InlineData(
        """ "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16} """,
        """ "rope_theta": 500000.0, "rope_scaling": {"type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 16} """,
        """ "rope_parameters": {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16} """)]
    [InlineData(
        """ "rope_scaling": {"rope_type": "linear", "factor": 2.0} """,
        """ "rope_scaling": {"type": "linear", "rope_type": "linear", "factor": 2.0} """,
        """ "rope_parameters": {"rope_type": "linear", "factor": 2.0, "partial_rotary_factor": 1.0} """)]
    [InlineData(
        """ "rope_scaling": {"rope_type": "dynamic", "factor": 2.0} """,
        """ "rope_scaling": {"type": "dynamic", "factor": 2.0}, "rope_theta": 10000 """,
        """ "rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "original_max_position_embeddings": 64, "rope_theta": 10000} """)]
    [InlineData(
        """ "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "beta_fast": 32.0, "beta_slow": 1.0} """,
        """ "rope_scaling": {"type": "yarn", "factor": 4.0} """,
        """ "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "beta_fast": null, "truncate": true, "rope_theta": 10000}, "rope_theta": 10000 """)]
    public void Both_forms_are_read_to_the_same_values(string version4, string older, string version5)
    {
        LlamaOptions read = Read($$"""{"model_type": "llama", {{Sizes}}, {{version4}}}""");

        Read($$"""{"model_type": "llama", {{Sizes}}, {{older}}}""").Should().Be(read);
        Read($$"""{"model_type": "llama", {{Sizes}}, {{version5}}}""").Should().Be(read);
        JsonObject written = Architecture.Describe(read)["config.json"];
        written.Should().ContainKeys("rope_theta", "rope_scaling", "torch_dtype").And.NotContainKeys("rope_parameters", "dtype");
        Architecture.Read(new ModelConfiguration(written)).Should().Be(read);
    }

    [Fact]
    public void Dynamic_scaling_keeps_a_context_of_its_own()
    {
        LlamaOptions read = Read($$$"""{"model_type": "llama", {{{Sizes}}}, "rope_scaling": {"type": "dynamic", "factor": 3.0}}""");

        read.Should().BeEquivalentTo(new { ContextLength = 768, RopeOriginalContextLength = 64 });
        JsonObject written = Architecture.Describe(read with { ContextLength = 100 })["config.json"];
        written["max_position_embeddings"]!.GetValue<int>().Should().Be(64);
        Architecture.Read(new ModelConfiguration(written)).ContextLength.Should().Be(100);
    }

    [Theory]
    [InlineData(""" "use_sliding_window": false, "sliding_window": 8, "max_window_layers": 2 """, null, null)]
    [InlineData(""" "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 2 """, 8, "2,3")]
    [InlineData(""" "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 0 """, 8, null)]
    [InlineData(""" "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 28 """, null, null)]
    [InlineData(""" "use_sliding_window": true, "sliding_window": 8, "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"] """, 8, "0,2")]
    [InlineData(""" "sliding_window": null, "layer_types": ["full_attention", "full_attention", "full_attention", "full_attention"] """, null, null)]
    [InlineData(""" "sliding_window": 4096, "layer_types": null """, null, null)]
    public void Windows_are_those_of_the_layers_that_slide(string window, int? expected, string? layers)
    {
        foreach (string type in new[] { "qwen2", "qwen3" })
        {
            LlamaOptions read = Read($$"""{"model_type": "{{type}}", {{Sizes}}, {{window}}}""");

            (read.SlidingWindow, read.SlidingLayers is null ? null : string.Join(",", read.SlidingLayers)).Should().Be((expected, layers));
            Architecture.Read(Architecture.Describe(read)).Should().BeEquivalentTo(read);
        }
    }

    [Theory]
    [InlineData("llama", """ "quantization_config": {"bits": 4} """, "config.json: 'quantization_config' is *Quantized weights are not supported*")]
    [InlineData("llama", """ "num_local_experts": 8 """, "config.json: 'num_local_experts' is 8*Mixtures of experts are not supported.")]
    [InlineData("qwen3", """ "num_experts": 128 """, "config.json: 'num_experts' is 128*Mixtures of experts are not supported.")]
    [InlineData("llama", """ "kv_lora_rank": 512 """, "config.json: 'kv_lora_rank' is 512*Multi-head latent attention is not supported.")]
    [InlineData("mixtral", "",
        "config.json: 'model_type' is \"mixtral\", which is not supported.*Supported: llama, mistral, qwen2, qwen3.")]
    [InlineData("llama", """ "partial_rotary_factor": 0.5 """, "config.json: 'partial_rotary_factor' is 0.5*")]
    [InlineData("llama", """ "hidden_act": "sily" """, "config.json: 'hidden_act' is \"sily\"*Did you mean 'silu'*")]
    [InlineData("llama", """ "num_attention_heads": 0 """, "config.json: 'head_dim' is missing*")]
    [InlineData("llama", """ "num_attention_heads": 3 """, "config.json: 'head_dim' is missing, and 'hidden_size' (32) is not divisible by 'num_attention_heads' (3).*")]
    [InlineData("llama", """ "num_key_value_heads": 3 """, "'keyValueHeads' (num_key_value_heads) is 3*1, 2, 4.")]
    [InlineData("llama", """ "num_key_value_heads": 0 """, "config.json: 'num_key_value_heads' is 0. Allowed: 1 …*")]
    [InlineData("llama", """ "sliding_window": 8 """, "config.json: 'sliding_window' is 8*'llama' does not have a sliding window.")]
    [InlineData("mistral", """ "attention_bias": true """, "config.json: 'attention_bias' is true*'mistral' does not have this option.")]
    [InlineData("qwen2", """ "use_sliding_window": true, "sliding_window": null """, "config.json: 'sliding_window' is null, but 'use_sliding_window' is true.*")]
    [InlineData("qwen2", """ "layer_types": ["full_attention"] """, "config.json: 'layer_types' has 1 items, but 'num_hidden_layers' is 4.*")]
    [InlineData("qwen2", """ "layer_types": ["full_attention", "chunked_attention"] """, "config.json: 'layer_types' has 'chunked_attention'*Supported: full_attention, sliding_attention.")]
    [InlineData("qwen3", """ "layer_types": ["full_attention", "full_attention", "full_attention", "sliding_attention"] """, "config.json: 'layer_types' has 'sliding_attention' for layer 3, but 'use_sliding_window' is false.*")]
    [InlineData("mistral", """ "layer_types": ["full_attention", "sliding_attention", "full_attention", "full_attention"] """, "config.json: 'layer_types' has 'full_attention', but all layers of this 'mistral' model are 'sliding_attention'.")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "longrope", "factor": 2.0} """, "config.json: rope_scaling: 'rope_type' is \"longrope\", which is not supported.*Supported: default, linear, dynamic, llama3, yarn.")]
    [InlineData("qwen2", """ "rope_scaling": {"type": "mrope", "mrope_section": [1, 2]} """, "config.json: rope_scaling: 'type' is \"mrope\"*")]
    [InlineData("llama", """ "rope_scaling": {"type": "linear", "rope_type": "dynamic", "factor": 2.0} """, "config.json: rope_scaling: 'type' is \"linear\"; only \"dynamic\"*")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "linear"} """, "config.json: rope_scaling: 'factor' is missing*'linear'*")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "linear", "factor": 0.5} """, "config.json: rope_scaling: 'factor' is 0.5. Allowed: 1 …*")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "linear", "factor": "two"} """, "config.json: rope_scaling: 'factor' is \"two\", which is not a number.")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "yarn", "factor": 2.0, "mscale": 0.7} """, "config.json: rope_scaling: 'mscale' is 0.7, but this architecture does not have this key.*")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "yarn", "factor": 2.0, "truncate": false} """, "config.json: rope_scaling: 'truncate' is false*")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0} """, "config.json: rope_scaling: 'original_max_position_embeddings' is missing*")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 4.0, "high_freq_factor": 1.0, "original_max_position_embeddings": 8} """, "*low_freq_factor*below*")]
    [InlineData("llama", """ "rope_scaling": {"rope_type": "dynamic", "factor": 2.0, "original_max_position_embeddings": 32} """, "config.json: 'max_position_embeddings' is 64, but 'original_max_position_embeddings' is 32*")]
    [InlineData("llama", """ "rope_scaling": 2.0 """, "config.json: 'rope_scaling' is 2.0, which is not an object.")]
    [InlineData("llama", """ "rope_theta": 10000.0, "rope_parameters": {"rope_theta": 500000.0} """, "config.json: 'rope_theta' is 10000, but 'rope_parameters' has 500000.*")]
    [InlineData("llama", """ "rope_scaling": {"type": "linear", "factor": 2.0}, "rope_parameters": {"rope_type": "linear", "factor": 4.0} """, "config.json: 'rope_scaling' is *but 'rope_parameters' has a different scaling.*")]
    public void What_is_not_supported_or_contradicts_itself_is_refused(string type, string keys, string message)
    {
        // Merged rather than concatenated, so that the keys under test replace those of the sizes.
        var config = (JsonObject)JsonNode.Parse($$"""{"model_type": "{{type}}", {{Sizes}}}""")!;
        foreach ((string key, JsonNode? value) in (JsonObject)JsonNode.Parse($"{{{keys}}}")!)
            config[key] = value?.DeepClone();

        Action read = () => Architecture.Read(new ModelConfiguration(config));

        read.Should().Throw<ModelException>().WithMessage(message);
    }

    private static LlamaOptions Read(string config) => Architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse(config)!));
}
