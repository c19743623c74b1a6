using Tenon.Safetensors;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Export.Tests;

/// <summary>Tensors and metadata of exported models.</summary>
[Collection(WorkshopGroup.Name)]
public sealed class GgufModelTests(Workshop workshop)
{
    [Fact]
    public void Every_tensor_of_a_GPT_has_its_place()
    {
        string folder = workshop.Train("gpt-untied", Shapes.Of("gpt-untied"));
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        GgufReader file = GgufReader.Read(workshop.Export(folder));

        Equal("token_embd.weight", "transformer.wte.weight");
        Equal("position_embd.weight", "transformer.wpe.weight");
        Equal("output_norm.bias", "transformer.ln_f.bias");
        Equal("output.weight", "lm_head.weight");
        Equal("blk.1.attn_qkv.weight", "transformer.h.1.attn.c_attn.weight", transposed: true);
        Equal("blk.1.attn_qkv.bias", "transformer.h.1.attn.c_attn.bias");
        Equal("blk.0.attn_output.weight", "transformer.h.0.attn.c_proj.weight", transposed: true);
        Equal("blk.0.ffn_up.weight", "transformer.h.0.mlp.c_fc.weight", transposed: true);
        Equal("blk.0.ffn_down.weight", "transformer.h.0.mlp.c_proj.weight", transposed: true);
        Equal("blk.0.attn_norm.weight", "transformer.h.0.ln_1.weight");
        Equal("blk.0.ffn_norm.weight", "transformer.h.0.ln_2.weight");
        file.Tensors.Should().HaveSameCount(weights.Tensors);
        file.Metadata.Should().Contain(new Dictionary<string, object>
        {
            ["general.architecture"] = "gpt2",
            ["general.type"] = "model",
            ["general.name"] = "gpt-untied",
            ["general.file_type"] = 0u,
            ["gpt2.context_length"] = 128u,
            ["gpt2.embedding_length"] = 64u,
            ["gpt2.block_count"] = 2u,
            ["gpt2.feed_forward_length"] = 96u,
            ["gpt2.attention.head_count"] = 4u,
            ["gpt2.attention.layer_norm_epsilon"] = 1e-5f,
        });

        void Equal(string name, string source, bool transposed = false) =>
            Compare(file, name, weights, source, value => transposed ? value.t() : value);
    }

    [Fact]
    public void Queries_and_keys_of_Llama_are_interleaved()
    {
        string folder = workshop.Train("llama-biases", Shapes.Of("llama-biases"));
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        GgufReader file = GgufReader.Read(workshop.Export(folder));

        Compare(file, "blk.1.attn_q.weight", weights, "model.layers.1.self_attn.q_proj.weight", value => Interleaved(value, heads: 4));
        Compare(file, "blk.1.attn_q.bias", weights, "model.layers.1.self_attn.q_proj.bias", value => Interleaved(value, heads: 4));
        Compare(file, "blk.0.attn_k.weight", weights, "model.layers.0.self_attn.k_proj.weight", value => Interleaved(value, heads: 2));
        Compare(file, "blk.0.attn_v.weight", weights, "model.layers.0.self_attn.v_proj.weight", value => value);
        Compare(file, "blk.0.attn_output.weight", weights, "model.layers.0.self_attn.o_proj.weight", value => value);
        Compare(file, "blk.0.ffn_gate.bias", weights, "model.layers.0.mlp.gate_proj.bias", value => value);
        file.Tensors.Should().HaveSameCount(weights.Tensors);
        file.Metadata.Should().Contain(new Dictionary<string, object>
        {
            ["general.architecture"] = "llama",
            ["llama.attention.head_count_kv"] = 2u,
            ["llama.attention.key_length"] = 24u,
            ["llama.attention.value_length"] = 24u,
            ["llama.rope.dimension_count"] = 24u,
            ["llama.rope.freq_base"] = 10_000f,
        });
    }

    [Theory]
    [InlineData("mistral", "llama", true)]
    [InlineData("qwen2", "qwen2", false)]
    [InlineData("qwen3", "qwen3", false)]
    public void Queries_and_keys_of_Qwen_keep_their_order(string shape, string architecture, bool interleaved)
    {
        string folder = workshop.Train(shape, Shapes.Of(shape));
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        GgufReader file = GgufReader.Read(workshop.Export(folder));

        file.Metadata["general.architecture"].Should().Be(architecture);
        Compare(file, "blk.0.attn_k.weight", weights, "model.layers.0.self_attn.k_proj.weight",
            value => interleaved ? Interleaved(value, heads: 2) : value);
        file.Tensors.ContainsKey("output.weight").Should().Be(shape == "qwen3");
        file.Tensors.ContainsKey("blk.1.attn_q_norm.weight").Should().Be(shape == "qwen3");
        file.Tensors.Should().HaveSameCount(weights.Tensors);
    }

    [Fact]
    public void Rotary_scaling_is_in_the_metadata_or_in_a_vector()
    {
        Dictionary<string, object> linear = Read("llama-linear").Metadata, yarn = Read("llama-yarn").Metadata;
        Dictionary<string, object> factor = Read("llama-yarn-attention").Metadata;
        GgufReader llama3 = Read("llama-llama3");

        linear.Should().Contain(new Dictionary<string, object>
        {
            ["llama.rope.scaling.type"] = "linear",
            ["llama.rope.scaling.factor"] = 4f
        });
        yarn.Should().Contain(new Dictionary<string, object>
        {
            ["llama.rope.scaling.type"] = "yarn",
            ["llama.rope.scaling.factor"] = 4f,
            ["llama.rope.scaling.original_context_length"] = 32u,
            ["llama.rope.scaling.attn_factor"] = 1f,
        });
        factor["llama.rope.scaling.attn_factor"].Should().Be((float)(1.5 / (0.1 * Math.Log(4) + 1)));
        llama3.Metadata.Should().NotContainKey("llama.rope.scaling.type");
        float[] divisors = llama3.Tensors["rope_freqs.weight"].Values();
        // Pair i of 8 turns 32 / 2π · 10000^(-i / 8) times over the original context: 5.09, 1.61, 0.51, …; more than 4 are kept, fewer
        // than 1 divided by 8.
        double kept = (1.6106 - 1) / 3;
        divisors.Should().HaveCount(8);
        divisors[0].Should().Be(1);
        divisors[1].Should().BeApproximately((float)(1 / (((1 - kept) / 8) + kept)), 1e-3f);
        divisors[2..].Should().AllSatisfy(divisor => divisor.Should().BeApproximately(8, 1e-5f));

        GgufReader Read(string shape) => GgufReader.Read(workshop.Export(workshop.Train(shape, Shapes.Of(shape))));
    }

    [Theory]
    [InlineData("f16", 1u, 1u, 5e-4)]
    [InlineData("bf16", 30u, 32u, 4e-3)]
    [InlineData("q8_0", 8u, 7u, 5e-3)]
    public void Matrices_have_the_chosen_format_and_vectors_do_not(string weights, uint type, uint fileType, double tolerance)
    {
        string folder = workshop.Train("gpt", Shapes.Of("gpt"));
        GgufReader exact = GgufReader.Read(workshop.Export(folder)), file = GgufReader.Read(workshop.Export(folder, "--weights", weights));

        file.Metadata["general.file_type"].Should().Be(fileType);
        foreach ((string name, GgufTensorData tensor) in file.Tensors)
        {
            bool isVector = tensor.Shape.Length == 1 || name == "position_embd.weight";
            tensor.Type.Should().Be(isVector ? 0 : type, name);
            float[] expected = exact.Tensors[name].Values(), actual = tensor.Values();
            double allowed = isVector ? 0 : tolerance * expected.Max(Math.Abs);
            expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second)).Should().BeLessThanOrEqualTo((float)allowed, name);
        }
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, "f32", 0u)]
    [InlineData(torch.ScalarType.Float16, "f16", 1u)]
    [InlineData(torch.ScalarType.BFloat16, "bf16", 30u)]
    public void The_default_format_is_the_type_of_the_folder_s_weights(torch.ScalarType stored, string format, uint type)
    {
        string folder = workshop.Changed(workshop.Train("gpt", Shapes.Of("gpt")), "config.json", _ => { });
        string source = Path.Combine(folder, "model.safetensors");
        using DisposeScope scope = torch.NewDisposeScope();
        (string Name, Tensor Tensor)[] tensors;
        using (SafetensorsFile weights = SafetensorsFile.Open(source))
            tensors = [.. weights.Tensors.Keys.Select(name => (name, weights.Read(name).to(stored)))];
        SafetensorsFile.Write(source, tensors);

        (int code, string output, string errors) = Workshop.Run("export", folder);

        code.Should().Be(0, errors);
        output.Trim().Should().Be(Path.Combine(folder, $"model-{format}.gguf"));
        GgufTensorData matrix = GgufReader.Read(output.Trim()).Tensors["blk.0.ffn_up.weight"];
        matrix.Type.Should().Be(type);
        Tensor expected = tensors.Single(tensor => tensor.Name == "transformer.h.0.mlp.c_fc.weight").Tensor.t();
        matrix.Values().Should().Equal(expected.to(torch.ScalarType.Float32).contiguous().data<float>().ToArray());
    }

    [Fact]
    public void The_default_file_is_in_the_folder()
    {
        string folder = workshop.Changed(workshop.Train("gpt", Shapes.Of("gpt")), "config.json", _ => { });

        (int code, string output, string errors) = Workshop.Run("export", folder, "--weights", "f16");

        code.Should().Be(0, errors);
        output.Trim().Should().Be(Path.Combine(folder, "model-f16.gguf"));
        File.Exists(output.Trim()).Should().BeTrue();
    }

    [Fact]
    public void A_context_within_the_sliding_window_is_exported_and_a_longer_one_refused()
    {
        string folder = workshop.Train("mistral", Shapes.Of("mistral"));

        workshop.Export(workshop.Changed(folder, "config.json", config => config["sliding_window"] = 128));
        Workshop.Refused(
            workshop.Changed(folder, "config.json", config => config["sliding_window"] = 64), "'slidingWindow' (sliding_window) is 64");
    }

    [Fact]
    public void A_refused_export_leaves_the_file_as_it_was()
    {
        string folder = workshop.Changed(workshop.Train("gpt", Shapes.Of("gpt")), "config.json",
            config => config["activation_function"] = "relu");
        string file = Path.Combine(folder, "old.gguf");
        File.WriteAllText(file, "before");

        Workshop.Refused(folder, "'activation' (activation_function) is 'relu'", "--output", file);

        File.ReadAllText(file).Should().Be("before");
        Directory.GetFiles(folder, "*.partial").Should().BeEmpty();
    }

    [Fact]
    public void Rows_that_are_not_whole_blocks_of_q8_0_are_refused_by_name()
    {
        string folder = workshop.Train("narrow", """{ "use": "gpt", "layers": 1, "hiddenSize": 48, "heads": 2, "contextLength": 64 }""", steps: 1);

        Workshop.Refused(folder, "'token_embd.weight' cannot be written as q8_0, because its rows have 48 numbers", "--weights", "q8_0");
    }

    [Fact]
    public void A_reward_model_is_refused_by_name() =>
        Workshop.Refused(Path.Combine(AppContext.BaseDirectory, "data", "goldens", "gpt2-reward-tiny"),
            "'export' needs a GGUF model; this folder contains a reward model");

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused() =>
        Workshop.Refused(Path.Combine(AppContext.BaseDirectory, "data", "goldens", "llama-tiny"), "The folder has no tokenizer");

    [Theory]
    [InlineData("--format", "onnx")]
    [InlineData("--weights", "q4_0")]
    public void Other_formats_are_refused_by_name(string option, string value)
    {
        (int code, _, string errors) = Workshop.Run("export", workshop.Folder, option, value);

        code.Should().Be(2);
        errors.Should().Contain(value).And.Contain(option);
    }

    [Fact]
    public void A_missing_folder_for_the_file_is_reported()
    {
        (int code, _, string errors) = Workshop.Run("export", workshop.Folder, "--output", workshop.At("nowhere", "model.gguf"));

        code.Should().Be(2);
        errors.Trim().Should().Contain("does not exist").And.NotContain("\n");
    }

    private static void Compare(GgufReader file, string name, SafetensorsFile weights, string source, Func<Tensor, Tensor> arrange)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor expected = arrange(weights.Read(source)).contiguous();
        GgufTensorData actual = file.Tensors[name];

        actual.Shape.Should().Equal(expected.shape, name);
        actual.Values().Should().Equal(expected.data<float>().ToArray(), name);
    }

    // Row 2i + j of a head is row j·D/2 + i of the model's.
    private static Tensor Interleaved(Tensor rows, int heads)
    {
        int size = (int)rows.size(0) / heads, half = size / 2;
        long[] order = [.. Enumerable.Range(0, heads)
            .SelectMany(head => Enumerable.Range(0, size).Select(row => (long)((head * size) + (row % 2 * half) + (row / 2))))];
        return rows.index_select(0, torch.tensor(order));
    }
}
