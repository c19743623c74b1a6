using Tenon.Gpt;
using Tenon.Layers;
using Tenon.Lora;
using Tenon.PTuning;

namespace Tenon.Adapters.Tests;

public class UnchangedModelTests
{
    private static readonly HashSet<string> Logits = ["logits"];

    [Fact]
    public void Prompts_of_no_tokens_change_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, Tensor> inputs = Goldens.Read("lora-gpt2", "inputs.safetensors");
        float[] expected = Models.Values(model.Outputs(inputs, Logits)["logits"]);
        VirtualTokenEncoder[] encoders = [new PromptEmbedding(0, model.EmbeddingSize), new PrefixEncoder(0, model.PromptShape, null)];
        foreach (VirtualTokenEncoder encoder in encoders)
        {
            model.Prompt = encoder.Prompt(encoder.Forward(), model.PromptShape);
            Models.Values(model.Outputs(inputs, Logits)["logits"]).Should().Equal(expected);
            encoder.Dispose();
        }
    }

    [Fact]
    public void Fresh_updates_change_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, Tensor> inputs = Goldens.Read("lora-gpt2", "inputs.safetensors");
        float[] expected = Models.Values(model.Outputs(inputs, Logits)["logits"]);

        using LoraAdapter adapter = Fresh(model);

        Models.Values(model.Outputs(inputs, Logits)["logits"]).Should().Equal(expected);
        adapter.Module.named_parameters().Where(p => p.name.EndsWith("lora_A.weight", StringComparison.Ordinal))
            .Should().HaveCount(8).And.OnlyContain(p => p.parameter.abs().max().item<float>() <= 1 / MathF.Sqrt(p.parameter.size(1)));
    }

    [Fact]
    public void Unmerging_takes_out_what_merging_put_in()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, Tensor> inputs = Goldens.Read("lora-gpt2", "inputs.safetensors");
        Dictionary<string, float[]> before = Models.Values(model);
        using LoraAdapter adapter = Trained(model);
        Tensor apart = model.Outputs(inputs, Logits)["logits"];
        adapter.Merge();
        adapter.Merge();
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().BeLessThan(1e-4);
        Models.Values(model)["transformer.h.0.attn.c_attn.weight"].Should().NotEqual(before["transformer.h.0.attn.c_attn.weight"]);
        adapter.Unmerge();
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().Be(0);
        Unchanged(model, before);
    }

    [Fact]
    public void Several_adapters_add_up_and_unmerge_in_any_order()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, Tensor> inputs = Goldens.Read("lora-gpt2", "inputs.safetensors");
        Dictionary<string, float[]> before = Models.Values(model);
        LoraAdapter first = Trained(model), second = Trained(model, "c_attn");
        first.Factor = 0.5;
        second.Factor = -2;

        // PEFT's combination "cat": W + Σ factor·scaling·B·A.
        Tensor apart = model.Outputs(inputs, Logits)["logits"];
        Parameter weight = model.named_parameters().Single(p => p.name == "transformer.h.0.attn.c_attn.weight").parameter;
        Tensor expected = weight.clone();
        foreach (LoraAdapter adapter in new[] { first, second })
            expected += adapter.Factor * 4 * torch.mm(Part(adapter, "B"), Part(adapter, "A")).t(); // alpha 16 over rank 4
        first.Merge();
        second.Merge();
        Goldens.Difference(weight, expected).Should().BeLessThan(1e-5);
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().BeLessThan(1e-4);
        Action change = () => first.Factor = 1;
        change.Should().Throw<InvalidOperationException>();

        first.Unmerge();
        second.Unmerge();
        Unchanged(model, before);
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().Be(0);
        first.Dispose();
        second.Dispose();
        model.named_modules().Select(entry => entry.module).OfType<ILinearMap>().Should().OnlyContain(map => map.Delta == null);

        static Tensor Part(LoraAdapter adapter, string half) =>
            adapter.Weights[$"base_model.model.transformer.h.0.attn.c_attn.lora_{half}.weight"];
    }

    [Fact]
    public void A_merged_adapter_that_is_disposed_stays_when_another_is_unmerged()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        LoraAdapter first = Trained(model), second = Trained(model);
        first.Merge();
        Dictionary<string, float[]> merged = Models.Values(model);
        second.Merge();
        first.Dispose();
        second.Unmerge();

        Unchanged(model, merged);
        second.Dispose();
    }

    [Theory]
    [InlineData("c_attn", 2)]
    [InlineData("transformer.h.0.*", 4)]
    [InlineData("mlp.*", 4)]
    public void Targets_are_chosen_by_name(string pattern, int maps)
    {
        using GptModel model = Models.GoldenGpt();
        using LoraAdapter adapter = Fresh(model, pattern);
        adapter.Weights.Should().HaveCount(2 * maps);
        adapter.Configuration["target_modules"]!.AsArray().Should().HaveCount(maps);
        adapter.Configuration["fan_in_fan_out"]!.GetValue<bool>().Should().BeTrue();
    }

    [Fact]
    public void A_missing_target_is_rejected()
    {
        using GptModel model = Models.GoldenGpt();
        LoraUpdates.Validate(new LoraOptions { TargetModules = ["q_proj"] }, [], model).Should().ContainSingle()
            .Which.ErrorMessage.Should()
                .StartWith("has 'q_proj', which does not match anything in this model. It has: transformer.h.0.attn.c_attn,");
        LoraUpdates.Validate(new LoraOptions { TargetModules = ["c_attn"] }, ["attn"], model).Should().ContainSingle()
            .Which.ErrorMessage.Should().StartWith("matches only linear maps that 'modulesToSave' also matches");
        LoraUpdates.Validate(new LoraOptions { TargetModules = ["c_attn"] }, [], model).Should().BeEmpty();
    }

    private static LoraAdapter Fresh(GptModel model, params string[] targets) => LoraUpdates.Create(
        new LoraOptions { Rank = 4, TargetModules = targets.Length > 0 ? targets : null }, model, PeftAdapter.Freeze(model, []),
        Precision.Fp32, new SeededRandom(3));

    // With updates that change something.
    private static LoraAdapter Trained(GptModel model, params string[] targets)
    {
        LoraAdapter adapter = Fresh(model, targets);
        using var untracked = torch.no_grad();
        foreach ((string _, Parameter parameter) in adapter.Module.named_parameters())
            parameter.normal_(0, 0.1);
        return adapter;
    }

    private static void Unchanged(GptModel model, Dictionary<string, float[]> before)
    {
        foreach ((string name, float[] values) in Models.Values(model))
            values.Should().Equal(before[name], name);
    }
}
