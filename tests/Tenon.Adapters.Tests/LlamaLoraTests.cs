using System.Text.Json.Nodes;
using Tenon.Layers;
using Tenon.Llama;

namespace Tenon.Adapters.Tests;

/// <summary>LoRA on a decoder with separate projections for queries, keys and values.</summary>
public class LlamaLoraTests
{
    private static readonly HashSet<string> Logits = ["logits"];

    [Fact]
    public void An_adapter_of_PEFT_adds_its_product_to_each_map()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using LlamaModel model = Models.GoldenQwen2(), changed = Models.GoldenQwen2();
        Dictionary<string, Tensor> inputs = Goldens.Read("qwen2-tiny", "inputs.safetensors");
        using torch.Generator seeded = torch.manual_seed(1);
        var weights = new Dictionary<string, Tensor>();
        foreach ((string name, Parameter weight) in changed.named_parameters()
            .Where(p => p.name.Contains("q_proj.weight") || p.name.Contains("v_proj.weight")))
        {
            Tensor a = torch.randn(2, weight.size(1)) * 0.1, b = torch.randn(weight.size(0), 2);
            string map = name[..^".weight".Length];
            (weights[$"base_model.model.{map}.lora_A.weight"], weights[$"base_model.model.{map}.lora_B.weight"]) = (a, b);
            using (torch.no_grad())
                weight.add_(b.matmul(a) * 3);
        }

        var configuration = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["r"] = 2,
            ["lora_alpha"] = 6,
            ["target_modules"] = new JsonArray("q_proj", "v_proj"),
            ["task_type"] = "CAUSAL_LM",
        };
        Tensor plain = model.Outputs(inputs, Logits)["logits"], expected = changed.Outputs(inputs, Logits)["logits"];
        using LoraAdapter adapter = SavedLora.Open(configuration, weights, model);
        Tensor apart = model.Outputs(inputs, Logits)["logits"];
        adapter.Merge();
        Tensor merged = model.Outputs(inputs, Logits)["logits"];

        weights.Should().HaveCount(8);
        Goldens.Difference(expected, plain).Should().BeGreaterThan(0.1);
        Goldens.Difference(apart, expected).Should().BeLessThan(1e-4);
        Goldens.Difference(merged, expected).Should().BeLessThan(1e-4);
        adapter.Weights.Keys.Should().BeEquivalentTo(weights.Keys);
    }
}
