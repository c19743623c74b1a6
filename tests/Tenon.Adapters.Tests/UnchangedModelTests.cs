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
        foreach (VirtualTokenEncoder encoder in new VirtualTokenEncoder[] { new PromptEmbedding(0, model.EmbeddingSize), new PrefixEncoder(0, model.PromptShape, null) })
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
        using LoraAdapter adapter = Fresh(model);
        using (torch.no_grad())
        {
            foreach ((string name, Parameter parameter) in adapter.Module.named_parameters())
                parameter.normal_(0, 0.1);
        }

        Tensor apart = model.Outputs(inputs, Logits)["logits"];
        adapter.Merge();
        adapter.Merge();
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().BeLessThan(1e-4);
        Models.Values(model)["transformer.h.0.attn.c_attn.weight"].Should().NotEqual(before["transformer.h.0.attn.c_attn.weight"]);
        adapter.Unmerge();
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().BeLessThan(1e-4);
        foreach ((string name, float[] values) in Models.Values(model))
            values.Zip(before[name]).Max(pair => Math.Abs(pair.First - pair.Second)).Should().BeLessThan(1e-6f, name);
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
    public void A_target_that_is_not_there_is_refused()
    {
        using GptModel model = Models.GoldenGpt();
        Action create = () => Fresh(model, "q_proj").Dispose();
        create.Should().Throw<ModelException>().WithMessage("'targetModules' has 'q_proj', which nothing in this model is called. There are: transformer.h.0.attn.c_attn,*");
    }

    private static LoraAdapter Fresh(GptModel model, params string[] targets) => LoraUpdates.Create(
        new LoraOptions { Rank = 4, TargetModules = targets.Length > 0 ? targets : null }, model, PeftAdapter.Freeze(model, []), Precision.Fp32, new SeededRandom(3));
}
