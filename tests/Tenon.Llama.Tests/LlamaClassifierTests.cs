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
        using LlamaClassifier model = Classifier(folder, padding: 3);
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
    [InlineData("llama-tiny", true)]
    [InlineData("llama-tiny", false)]
    [InlineData("mistral-tiny", true)]
    [InlineData("mistral-tiny", false)]
    [InlineData("qwen2-tiny", true)]
    [InlineData("qwen2-tiny", false)]
    [InlineData("qwen3-tiny", true)]
    [InlineData("qwen3-tiny", false)]
    public void Padding_on_either_side_leaves_the_logits_of_the_text_alone(string folder, bool left)
    {
        const int Padding = 3;
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using LlamaModel language = Models.Golden(folder);
        using LlamaClassifier model = Classifier(folder, Padding);
        Tensor whole = Goldens.Read(folder, "inputs.safetensors")["input_ids"];
        int length = (int)whole.size(1);
        int[] lengths = [length, length - 9, 5];
        Tensor ids = torch.full_like(whole, Padding), mask = torch.zeros_like(whole);
        Tensor head = model.get_parameter(CausalSequenceClassifier.HeadName)!;
        var expected = new List<Tensor>();
        foreach ((int row, int count) in lengths.Index())
        {
            Tensor text = whole[row].narrow(0, 0, count);
            int start = left ? length - count : 0;
            ids[row].narrow(0, start, count).copy_(text);
            mask[row].narrow(0, start, count).fill_(1);
            Tensor states = language.Outputs(new Dictionary<string, Tensor> { ["input_ids"] = text.unsqueeze(0) },
                new HashSet<string> { "last_hidden_state" })["last_hidden_state"]; // [1, T, E]
            expected.Add(head.matmul(states[0, -1])); // [classes, E] x [E]
        }

        using var batch = new Batch(new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = ids.DetachFromDisposeScope(),
            [BatchNames.AttentionMask] = mask.DetachFromDisposeScope(),
        }, examples: 3, targets: 0);
        Goldens.Difference(model.ClassLogits(batch), torch.stack(expected)).Should().BeLessThan(1e-5);
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

    // The transformer of the reference with a random head.
    private static LlamaClassifier Classifier(string folder, int padding)
    {
        JsonObject config = Goldens.Config(folder);
        config["id2label"] = new JsonObject { ["0"] = "no", ["1"] = "yes", ["2"] = "maybe" };
        config["pad_token_id"] = padding;
        LlamaClassifier model =
            Architecture.Build(Architecture.Read(new ModelConfiguration(config)), new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(folder, "model.safetensors")).Should()
            .Equal(CausalSequenceClassifier.HeadName);
        model.eval();
        return model;
    }
}
