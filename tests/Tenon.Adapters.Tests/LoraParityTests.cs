using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Adapters.Tests;

/// <summary>Against PEFT's LoRA; the READMEs of the folders say how the data was made.</summary>
public class LoraParityTests
{
    private const double Tolerance = 1e-4;
    private const string Merged = "merged.";

    [Fact]
    public void One_map_equals_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var context = new BuildContext(torch.CPU, new Autocast());
        Dictionary<string, Tensor> weights = Goldens.Read("lora-linear", "model.safetensors");
        Dictionary<string, Tensor> inputs = Goldens.Read("lora-linear", "inputs.safetensors");
        Dictionary<string, Tensor> expected = Goldens.Read("lora-linear", "outputs.safetensors");
        Dictionary<string, Tensor> gradients = Goldens.Read("lora-linear", "grads.safetensors");
        JsonObject config = Goldens.Config("lora-linear");
        using var map = new Linear(weights["weight"].size(1), weights["weight"].size(0), context);
        using var layer = new LoraLayer(map, rank: (int)config["r"]!, scaling: (double)config["scaling"]!, dropout: 0, context);
        using (torch.no_grad())
        {
            map.Weight.copy_(weights["weight"]);
            map.Bias!.copy_(weights["bias"]);
            layer.A.copy_(weights["lora_A.weight"]);
            layer.B.copy_(weights["lora_B.weight"]);
        }

        layer.Attach();
        Tensor x = inputs["x"].requires_grad_();
        Tensor y = map.call(x);
        (y * inputs["cotangent"]).sum().backward();
        layer.AddTo(map.Weight);

        double output = Goldens.Difference(y, expected["y"]);
        double gradient = Math.Max(
            Math.Max(Goldens.Difference(layer.A.grad!, gradients["lora_A.weight"]),
                Goldens.Difference(layer.B.grad!, gradients["lora_B.weight"])),
            Goldens.Difference(x.grad!, gradients["x"]));
        double merged = Goldens.Difference(map.Weight, expected["merged_weight"]);
        Console.WriteLine($"lora-linear: y {output:g3}, gradients {gradient:g3}, merged weight {merged:g3}");
        output.Should().BeLessThan(Tolerance);
        gradient.Should().BeLessThan(Tolerance);
        merged.Should().BeLessThan(1e-5);
    }

    [Fact]
    public void An_adapter_that_peft_saved_equals_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var model = Models.GoldenGpt();
        Dictionary<string, Tensor> weights = Goldens.Read("lora-gpt2", "adapter_model.safetensors");
        Dictionary<string, Tensor> expected = Goldens.Read("lora-gpt2", "outputs.safetensors");
        Dictionary<string, Tensor> gradients = Goldens.Read("lora-gpt2", "grads.safetensors");
        var inputs = Goldens.Read("lora-gpt2", "inputs.safetensors");
        inputs["labels"] = inputs["input_ids"];
        using var adapter = (LoraAdapter)new Lora.Lora().Open(Goldens.Config("lora-gpt2", "adapter_config.json"), weights, model);

        IReadOnlyDictionary<string, Tensor> outputs = Run();
        outputs["loss"].backward();
        double logits = Goldens.Difference(outputs["logits"], expected["logits"]);
        double loss = Goldens.Difference(outputs["loss"], expected["loss"]);
        double gradient = adapter.Module.named_parameters().Max(p => Goldens.Difference(
            p.parameter.grad!, gradients[$"base_model.model.{p.name.Replace(".weight", ".default.weight", StringComparison.Ordinal)}"]));
        adapter.Merge();
        double merged = Goldens.Difference(Run()["logits"], expected["logits_merged"]);
        double weight = expected.Keys.Where(name => name.StartsWith(Merged, StringComparison.Ordinal)).Max(name => Goldens.Difference(
            model.named_parameters().Single(p => p.name == name[Merged.Length..]).parameter, expected[name]));

        Console.WriteLine($"lora-gpt2: logits {logits:g3}, loss {loss:g3}, gradients {gradient:g3}, merged logits {merged:g3}, " +
            $"merged weight {weight:g3}");
        logits.Should().BeLessThan(Tolerance);
        loss.Should().BeLessThan(Tolerance);
        gradient.Should().BeLessThan(Tolerance);
        merged.Should().BeLessThan(Tolerance);
        weight.Should().BeLessThan(1e-5);
        adapter.Weights.Keys.Should().BeEquivalentTo(weights.Keys);

        IReadOnlyDictionary<string, Tensor> Run() => model.Outputs(inputs, new HashSet<string> { "logits", "loss" });
    }
}
