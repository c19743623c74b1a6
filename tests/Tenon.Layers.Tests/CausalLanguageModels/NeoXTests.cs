using System.Text.Json.Nodes;
using Tenon.NeoX;
using Tenon.Testing;

namespace Tenon.Layers.Tests;

/// <summary>What the contract asks of every architecture, of a decoder written on the shared base.</summary>
public sealed class NeoXConformanceTests : ArchitectureTests<NeoXOptions, NeoXModel>
{
    protected override IArchitecture<NeoXOptions, NeoXModel> Architecture => new NeoXArchitecture();
}

/// <summary>The test decoder against a formula, and its configuration.</summary>
public class NeoXTests
{
    [Fact]
    public void Outputs_and_gradients_equal_the_formula()
    {
        using torch.Generator seeded = torch.manual_seed(6);
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        using (torch.no_grad())
        {
            // Biases and norms differ from their initial values too.
            foreach (Parameter parameter in model.parameters())
                parameter.add_(torch.randn_like(parameter) * 0.1);
        }

        Dictionary<string, Tensor> weights = model.named_parameters().ToDictionary(
            pair => pair.name, pair => pair.parameter.detach().to(torch.ScalarType.Float64).requires_grad_());
        var formula = new NeoXFormula(weights, layers: 2, heads: 2, rotated: 8);
        long[][] rows = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5, 8, 9, 7, 9, 3]];
        TokenBlock[] blocks = [.. rows.Select(row => new TokenBlock(Array.ConvertAll(row, id => (int)id)))];
        using Batch batch = model.Collate(blocks, NeoXModels.Context);

        Tensor loss = model.Loss(batch), expected = formula.Loss(rows);
        loss.backward();
        expected.backward();

        loss.item<float>().Should().BeApproximately((float)expected.item<double>(), 1e-5f);
        Tensor logits = torch.stack(rows.Select(row => formula.Logits(row[..^1])), 0);
        NeoXModels.Difference(model.Logits(batch[BatchNames.InputIds]), logits).Should().BeLessThan(1e-4);
        foreach ((string name, Parameter parameter) in model.named_parameters())
            NeoXModels.Difference(parameter.grad!, weights[name].grad!).Should().BeLessThan(1e-4, name);
        model.zero_grad();
    }

    [Fact]
    public void Configuration_and_names_equal_the_reference()
    {
        var architecture = new NeoXArchitecture();
        NeoXOptions options = architecture.Resolve(
            new NeoXOptions { Layers = 1, HiddenSize = 128, VocabularySize = 10, RotaryShare = 0.5 }, NeoXModels.Nothing);
        using NeoXModel model = architecture.Build(options, new BuildContext(torch.META, new Autocast()));

        architecture.Read(architecture.Describe(options)).Should().Be(options);
        architecture.Read(new ModelConfiguration(new JsonObject())).Should().BeEquivalentTo(
            new { Layers = 44, HiddenSize = 6144, Heads = 64, ContextLength = 2048, RotaryShare = 0.25 });
        model.state_dict().Keys.Should().BeEquivalentTo(
            "gpt_neox.embed_in.weight", "gpt_neox.layers.0.input_layernorm.weight", "gpt_neox.layers.0.input_layernorm.bias",
            "gpt_neox.layers.0.post_attention_layernorm.weight", "gpt_neox.layers.0.post_attention_layernorm.bias",
            "gpt_neox.layers.0.attention.query_key_value.weight", "gpt_neox.layers.0.attention.query_key_value.bias",
            "gpt_neox.layers.0.attention.dense.weight", "gpt_neox.layers.0.attention.dense.bias",
            "gpt_neox.layers.0.mlp.dense_h_to_4h.weight", "gpt_neox.layers.0.mlp.dense_h_to_4h.bias",
            "gpt_neox.layers.0.mlp.dense_4h_to_h.weight", "gpt_neox.layers.0.mlp.dense_4h_to_h.bias",
            "gpt_neox.final_layer_norm.weight", "gpt_neox.final_layer_norm.bias", "embed_out.weight");
        architecture.WeightName("gpt_neox.layers.3.attention.rotary_emb.inv_freq").Should().BeNull();
    }

    [Fact]
    public void A_delta_on_the_head_changes_the_loss()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        using Batch batch = model.Collate([new TokenBlock(new[] { 1, 2, 3, 4 })], NeoXModels.Context);
        Linear head = model.modules().OfType<Linear>().Single(map => map.OutFeatures == NeoXModels.Vocabulary);
        float before = model.Loss(batch).item<float>();

        head.Delta = x => F.linear(x, head.Weight * 0.5);
        float with = model.Loss(batch).item<float>();
        head.Delta = null;
        using (torch.no_grad())
            head.Weight.mul_(1.5);

        with.Should().NotBe(before).And.BeApproximately(model.Loss(batch).item<float>(), 1e-5f);
    }
}
