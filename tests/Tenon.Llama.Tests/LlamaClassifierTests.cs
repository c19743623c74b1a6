using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Llama.Tests;

public class LlamaClassifierTests
{
    private static readonly LlamaClassifierArchitecture Architecture = new();

    // Other tests compare the transformer with the reference; this one covers the head on its last hidden state.
    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    public void Logits_are_the_head_on_the_last_token_that_is_not_padding(string folder)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using LlamaModel language = Models.Golden(folder);
        JsonObject config = Goldens.Config(folder);
        config["id2label"] = new JsonObject { ["0"] = "no", ["1"] = "yes", ["2"] = "maybe" };
        config["pad_token_id"] = 3;
        using LlamaClassifier model =
            Architecture.Build(Architecture.Read(new ModelConfiguration(config)), new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(folder, "model.safetensors")).Should()
            .Equal(CausalSequenceClassifier.HeadName);
        model.eval();
        Tensor ids = Goldens.Read(folder, "inputs.safetensors")["input_ids"].clone();
        ids[1, 20..] = 3;

        Tensor logits = model.Outputs(new Dictionary<string, Tensor> { ["input_ids"] = ids }, new HashSet<string> { "logits" })["logits"];

        Tensor states = language.Outputs(
            new Dictionary<string, Tensor> { ["input_ids"] = ids }, new HashSet<string> { "last_hidden_state" })["last_hidden_state"];
        Tensor last = torch.stack([states[0, -1], states[1, 19], states[2, -1]], 0);
        Goldens.Difference(logits, last.matmul(model.get_parameter(CausalSequenceClassifier.HeadName)!.t())).Should().BeLessThan(1e-5);
        model.Labels.Should().Equal("no", "yes", "maybe");
    }

    [Theory]
    [InlineData(LlamaVariant.Llama, "LlamaForSequenceClassification")]
    [InlineData(LlamaVariant.Qwen3, "Qwen3ForSequenceClassification")]
    public void Configurations_name_the_class_and_are_read_back(LlamaVariant variant, string name)
    {
        LlamaClassifierOptions options = Architecture.Resolve(
            new LlamaClassifierOptions
            {
                Variant = variant,
                Layers = 1,
                HiddenSize = 32,
                Heads = 2,
                VocabularySize = 9,
                Labels = ["a", "b"]
            }, Models.Nothing);

        JsonObject written = Architecture.Describe(options)["config.json"];

        written["architectures"]!.ToJsonString().Should().Be($"[\"{name}\"]");
        Architecture.Read(new ModelConfiguration(written)).Should().BeEquivalentTo(options);
    }

    [Fact]
    public void A_model_without_classes_is_a_reward_model_and_padding_may_be_unknown()
    {
        LlamaClassifierOptions options = Architecture.Resolve(new LlamaClassifierOptions
        {
            Layers = 1,
            HiddenSize = 32,
            Heads = 2,
            VocabularySize = 9,
            EndOfText = 4
        }, Models.Nothing);
        options.Labels.Should().Equal(CausalSequenceClassifier.RewardLabel);
        JsonObject written = Architecture.Describe(options)["config.json"];
        written["pad_token_id"] = null;

        Architecture.Read(new ModelConfiguration(written)).PadToken.Should().Be(4);
    }

    [Theory]
    [InlineData(LlamaVariant.Llama, true, true)]
    [InlineData(LlamaVariant.Llama, false, false)]
    [InlineData(LlamaVariant.Qwen3, true, false)]
    public void Biases_are_where_the_options_say(LlamaVariant variant, bool attention, bool feedForward)
    {
        using LlamaModel model =
            Models.Tiny(new LlamaOptions { Variant = variant, Layers = 1, AttentionBias = attention, FeedForwardBias = feedForward });

        string[] biases = [.. model.named_parameters().Select(pair => pair.name)
            .Where(name => name.EndsWith(".bias", StringComparison.Ordinal))];

        string[] expected =
        [
            .. attention ? ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"] : Array.Empty<string>(),
            .. feedForward ? ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"] : Array.Empty<string>(),
        ];
        biases.Should().BeEquivalentTo(expected.Select(map => $"model.layers.0.{map}.bias"));
    }
}
