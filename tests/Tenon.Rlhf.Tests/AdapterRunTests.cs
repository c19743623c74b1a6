using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Host.Training.Checkpoints;
using Tenon.Layers;
using Tenon.Safetensors;

namespace Tenon.Rlhf.Tests;

/// <summary>Whole runs in which only an adapter is trained.</summary>
[Collection("rlhf runs")]
public class AdapterRunTests
{
    [Theory]
    [InlineData("dpo")]
    [InlineData("ppo")]
    [InlineData("grpo")]
    public void An_adapter_alone_is_trained_and_the_reference_is_the_model_without_it(string strategy)
    {
        using var run = new RlhfRun(steps: 12) { From = "base", Reward = outcome => outcome.Response.Count(c => c < 'a') };
        using GptModel model = RlhfRun.Policy();
        using GptModel untouched = RlhfRun.Policy();

        Adapted(strategy, run, model, new AdapterOptions { Rank = 2 }, () => throw new InvalidOperationException("a second model")).Should()
            .NotBeNull();

        foreach ((string name, Tensor tensor) in model.state_dict())
            tensor.data<float>().ToArray().Should().Equal(untouched.state_dict()[name].data<float>().ToArray(), name);
        model.named_modules().Select(entry => entry.module).OfType<ILinearMap>().Should().NotBeEmpty()
            .And.OnlyContain(map => map.Delta == null);
        using (SafetensorsFile state = SafetensorsFile.Open(Path.Combine(Checkpoint.Newest(run.Folder)!.Folder, "optimizer.safetensors")))
            state.Tensors.Keys.Where(name => !name.Contains("auxiliary.")).Should().NotBeEmpty()
                .And.OnlyContain(name => name.Contains("lora_"));
        File.Exists(run.Folder.File("model.safetensors")).Should().BeFalse();

        double[] distance = run.Figures(strategy == "dpo" ? "dpo/margin" : $"{strategy}/kl");
        distance[0].Should().Be(0);
        distance[^1].Should().BeGreaterThan(0);
        using LoraAdapter opened = Open(run, model);
        opened.Module.named_parameters().Where(p => p.name.EndsWith("lora_B.weight", StringComparison.Ordinal)).Should()
            .OnlyContain(p => p.parameter.abs().max().item<float>() > 0);
    }

    [Fact]
    public void A_module_trained_in_full_requires_a_second_model()
    {
        using var run = new RlhfRun { From = "base" };
        using GptModel model = RlhfRun.Policy();
        int asked = 0;

        Adapted("dpo", run, model, new AdapterOptions { ModulesToSave = ["ln_f"] }, () =>
        {
            asked++;
            return RlhfRun.Policy();
        });

        asked.Should().Be(1);
        run.Figures("train/loss")[0].Should().BeApproximately(Math.Log(2), 1e-6);
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("ppo")]
    [InlineData("grpo")]
    public void A_resumed_adapter_equals_the_uninterrupted_one(string strategy) => RlhfRun.Resumes(
        5, (run, model, stop) =>
            Adapted(strategy, run, model, new AdapterOptions { Rank = 2 }, RlhfRun.Policy, stop), "adapter_model.safetensors",
        ["adapter.safetensors", "optimizer.safetensors", .. strategy == "ppo" ? ["parameters.safetensors"] : Array.Empty<string>()]);

    private static RunSummary? Adapted(
        string strategy, RlhfRun run, GptModel model, AdapterOptions adapter, Func<IModel> reference, long? stopAfter = null) =>
            strategy switch
            {
                "dpo" => run.Train(model, RlhfRun.Pairs, r => new Dpo()
                    .Run(new DpoOptions { Adapter = adapter }, r.As<IPolicy>(), default), reference, stopAfter),
                "grpo" => GrpoRunTests.Grpo(run, model, GrpoRunTests.Short with { Adapter = adapter }, reference, stopAfter),
                _ => run.Train(model, RlhfRun.Prompts, r => new Ppo()
                    .Run(PpoRunTests.Short with { Adapter = adapter }, r.As<IPolicy>(), default), reference, stopAfter),
            };

    private static LoraAdapter Open(RlhfRun run, GptModel model)
    {
        AdapterFolder folder = AdapterFolder.Find(run.Folder.Path)!;
        folder.Configuration["base_model_name_or_path"]!.GetValue<string>().Should().Be("base");
        return SavedLora.Open(folder.Configuration, folder.ReadWeights(), model);
    }
}
