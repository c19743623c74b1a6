using System.Text.Json.Nodes;
using Tenon.Safetensors;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Export.Tests;

/// <summary>LoRA adapters in separate files.</summary>
[Collection(WorkshopGroup.Name)]
public sealed class GgufAdapterTests(Workshop workshop)
{
    [Fact]
    public void Products_have_the_names_of_the_weights_that_they_update()
    {
        string adapter = Adapter("""{ "use": "lora", "rank": 4, "alpha": 16 }""");
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(adapter, "adapter_model.safetensors"));
        using DisposeScope scope = torch.NewDisposeScope();
        GgufReader file = GgufReader.Read(workshop.Export(adapter, "--lora"));
        Tensor b = weights.Read("base_model.model.transformer.h.0.attn.c_attn.lora_B.weight");

        file.Metadata.Should().Contain(new Dictionary<string, object>
        {
            ["general.architecture"] = "gpt2",
            ["general.type"] = "adapter",
            ["adapter.type"] = "lora",
            ["adapter.lora.alpha"] = 16f,
        });
        file.Tensors.Should().HaveSameCount(weights.Tensors);
        file.Tensors["blk.0.attn_qkv.weight.lora_a"].Shape.Should().Equal(4, 64);
        file.Tensors["blk.0.attn_qkv.weight.lora_b"].Shape.Should().Equal(192, 4);
        file.Tensors["blk.0.attn_qkv.weight.lora_b"].Values().Should().Equal(b.data<float>().ToArray());
    }

    [Fact]
    public void A_scale_that_differs_from_the_file_s_is_part_of_B()
    {
        string adapter = Adapter("""{ "use": "lora", "rank": 4, "alpha": 16 }""");
        string patterned = workshop.Changed(adapter, "adapter_config.json",
            config => config["alpha_pattern"] = new JsonObject { ["h.1.mlp.c_fc"] = 4 });
        GgufReader plain = GgufReader.Read(workshop.Export(adapter, "--lora"));
        GgufReader scaled = GgufReader.Read(workshop.Export(patterned, "--lora"));

        scaled.Metadata["adapter.lora.alpha"].Should().Be(16f);
        scaled.Tensors["blk.1.ffn_up.weight.lora_b"].Values().Should()
            .Equal(plain.Tensors["blk.1.ffn_up.weight.lora_b"].Values().Select(value => value / 4));
        scaled.Tensors["blk.0.ffn_up.weight.lora_b"].Values().Should().Equal(plain.Tensors["blk.0.ffn_up.weight.lora_b"].Values());
    }

    [Fact]
    public void Adapters_that_are_not_only_products_are_refused()
    {
        string base_ = workshop.Train("gpt", Shapes.Of("gpt"));
        string saved = workshop.Train(
            "lora-saved", $$"""{ "use": "gpt", "from": "{{base_}}" }""", steps: 1,
            strategy: """{ "use": "lora", "rank": 4, "modulesToSave": ["transformer.ln_f"] }""");
        string tuned = workshop.Train("prompt", $$"""{ "use": "gpt", "from": "{{base_}}" }""", steps: 1, strategy: """{ "use": "ptuning" }""");

        Workshop.Refused(saved, "it contains 'transformer.ln_f.", "--lora");
        Workshop.Refused(base_, "so there is no adapter to export", "--lora");
        Workshop.Refused(tuned, "it is of type P_TUNING", "--lora");
        Workshop.Refused(tuned, "does not change weights");
    }

    private string Adapter(string strategy) =>
        workshop.Train("lora-gpt", $$"""{ "use": "gpt", "from": "{{workshop.Train("gpt", Shapes.Of("gpt"))}}" }""", steps: 5, strategy: strategy);
}
