using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Host.Training.Checkpoints;
using Tenon.Lora;
using Tenon.PTuning;

namespace Tenon.Adapters.Tests;

/// <summary>Whole runs of the host's training step over the reference GPT.</summary>
public class AdapterTrainingTests
{
    private static readonly LoraOptions Lora = new() { Rank = 4, Dropout = 0.1, TargetModules = ["c_attn", "mlp.c_*"] };

    public static TheoryData<string> Methods => ["lstm", "mlp", "prompt", "prefix", "projection", "lora"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_frozen_model_is_bit_identical_and_has_no_optimizer_state(string method)
    {
        using var run = new AdapterRun();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, float[]> before = Models.Values(model);

        Train(run, method, model).Should().NotBeNull();

        foreach ((string name, float[] values) in Models.Values(model))
            values.Should().Equal(before[name], name);
        run.OptimizerState().Should().NotBeEmpty()
            .And.OnlyContain(name => !before.Keys.Any(key => name == key || name.StartsWith($"{key}.", StringComparison.Ordinal)));
        model.Prompt.Should().BeNull();
        model.named_modules().Select(entry => entry.module).OfType<ILinearMap>().Should().OnlyContain(map => map.Delta == null);
        File.Exists(run.Folder.File("model.safetensors")).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_resumed_run_equals_an_uninterrupted_one_bit_for_bit(string method)
    {
        using var whole = new AdapterRun(ema: 0.9);
        using var parted = new AdapterRun(ema: 0.9);
        using (GptModel model = Models.GoldenGpt())
            Train(whole, method, model).Should().NotBeNull();
        using (GptModel model = Models.GoldenGpt())
            Train(parted, method, model, stopAfter: 3).Should().BeNull();
        using (GptModel model = Models.GoldenGpt())
            Train(parted, method, model).Should().NotBeNull();

        parted.Artifact().Should().Equal(whole.Artifact());
        Last(parted, "optimizer.safetensors").Should().Equal(Last(whole, "optimizer.safetensors"));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void An_opened_adapter_computes_what_was_validated(string method)
    {
        using var run = new AdapterRun(ema: 0.9);
        using GptModel model = Models.GoldenGpt();
        double validated = Train(run, method, model)!.ValidationLoss!.Value;
        model.eval();
        AdapterFolder folder = AdapterFolder.Find(run.Folder.Path)!;
        folder.BaseModel.Should().Be(Goldens.Folder("gpt2-tiny"));
        IReadOnlyDictionary<string, Tensor> weights = folder.ReadWeights();

        using IAdapter adapter = Format(method).Open(folder.Configuration, weights, model);

        foreach (Tensor tensor in weights.Values)
            tensor.Dispose();
        AdapterRun.ValidationLoss(model).Should().BeApproximately(validated, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_run_leaves_no_live_tensors_behind(string method)
    {
        using GptModel model = Models.GoldenGpt();
        using (var first = new AdapterRun())
            Train(first, method, model);
        using var second = new AdapterRun();
        long left = LiveTensors.LeftBy(() => Train(second, method, model));

        // TorchSharp counts the empty wrapper that each new Parameter leaves to the garbage collector; LSTMs make theirs natively.
        left.Should().Be(second.OptimizerState()
            .Count(name => name.EndsWith(".exp_avg", StringComparison.Ordinal) && !name.StartsWith("lstm", StringComparison.Ordinal)));
    }

    [Fact]
    public void Modules_to_save_are_trained_and_opened_again()
    {
        using var run = new AdapterRun();
        using GptModel model = Models.GoldenGpt();
        float[] before = Norm(model);
        run.Train(new Lora.Lora(), Lora with { ModulesToSave = ["ln_f"] }, (IModel)model);
        float[] trained = Norm(model);
        trained.Should().NotEqual(before);

        using GptModel again = Models.GoldenGpt();
        AdapterFolder folder = AdapterFolder.Find(run.Folder.Path)!;
        folder.Configuration["modules_to_save"]!.AsArray().Select(name => (string?)name).Should().Equal("transformer.ln_f");
        IReadOnlyDictionary<string, Tensor> weights = folder.ReadWeights();
        using IAdapter adapter = new Lora.Lora().Open(folder.Configuration, weights, again);
        foreach (Tensor tensor in weights.Values)
            tensor.Dispose();
        Norm(again).Should().Equal(trained);
    }

    private static RunSummary? Train(AdapterRun run, string method, GptModel model, long? stopAfter = null) => method == "lora"
        ? run.Train(new Lora.Lora(), Lora, (IModel)model, stopAfter)
        : run.Train(new PTuning.PTuning(), Prompt(method), model, stopAfter);

    private static float[] Norm(GptModel model) =>
        Models.Values(model.named_parameters().Single(p => p.name == "transformer.ln_f.weight").parameter);

    private static IAdapterFormat Format(string method) => method == "lora" ? new Lora.Lora() : new PTuning.PTuning();

    private static PTuningOptions Prompt(string method)
    {
        var options = new PTuningOptions { VirtualTokens = 5, EncoderHiddenSize = 16 };
        return method switch
        {
            "lstm" or "mlp" => options with { Encoder = method },
            "prompt" => options with { Method = "prompt-tuning" },
            "prefix" => options with { Method = "prefix-tuning" },
            _ => options with { Method = "prefix-tuning", Projection = true },
        };
    }

    private static byte[] Last(AdapterRun run, string file) => File.ReadAllBytes(Path.Combine(Checkpoint.Newest(run.Folder)!.Folder, file));
}
