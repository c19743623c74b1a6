using System.Text.Json.Nodes;
using Tenon.Safetensors;
using TorchSharp;

namespace Tenon.Integration.Tests;

/// <summary>Adapters from recipe to text: trained over a base model, resumed, moved, opened.</summary>
[Collection(InOneProcess.Name)]
public sealed class AdapterTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public AdapterTests() => InProcess.Run(_workspace.Folder, "run", _workspace.Recipe("base", 10, 0)).ExitCode.Should().Be(0);

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("lora", "LORA")]
    [InlineData("ptuning", "P_TUNING")]
    public void Trains_resumes_and_generates_with_the_base_model_beside_it(string strategy, string type)
    {
        Train(strategy, strategy, seed: 1);
        ProgramResult resume = InProcess.Run(_workspace.Folder, "resume", $"runs/{strategy}", "--training:steps", "12");
        resume.ExitCode.Should().Be(0, resume.All);
        File.ReadAllText(_workspace.At("runs", strategy, "adapter_config.json")).Should().Contain(type);
        File.Exists(_workspace.At("runs", strategy, "model.safetensors")).Should().BeFalse();

        EvaluatesToItsValidationLoss(strategy, 1e-9);

        string[] generate = ["generate", strategy, "--prompt", "the ", "-n", "8", "--seed", "5", "--json"];
        ProgramResult here = InProcess.Run(_workspace.At("runs"), generate);
        here.ExitCode.Should().Be(0, here.All);
        Directory.Move(_workspace.At("runs"), _workspace.At("moved"));
        InProcess.Run(_workspace.At("moved"), generate).Output.Should().Be(here.Output);

        Directory.Delete(_workspace.At("moved", "base"), recursive: true);
        ProgramResult alone = InProcess.Run(_workspace.At("moved"), generate);
        alone.ExitCode.Should().Be(4, alone.All);
        alone.Errors.Should().Contain("was trained on the model").And.Contain("Searched:");
    }

    [Fact]
    public void Several_adapters_are_weighted_merged_and_refused()
    {
        Train("one", "lora", seed: 1);
        Train("two", "lora", seed: 2);
        Train("prompt", "ptuning", seed: 3);
        Train("second", "ptuning", seed: 4);
        ProgramResult Generate(params string[] words) =>
            InProcess.Run(_workspace.At("runs"), ["generate", .. words, "--prompt", "the ", "-n", "8", "--temperature", "0", "--json"]);

        ProgramResult both = Generate("base", "--adapter", "one", "--adapter", "two:0.5");
        both.ExitCode.Should().Be(0, both.All);
        Generate("one", "--adapter", "two:0.5").Output.Should().Be(both.Output, "a folder's own adapter is the first");
        Generate("base", "--adapter", "one:0").Output.Should().Be(Generate("base").Output);
        Generate("base", "--adapter", "one", "--adapter", "prompt").ExitCode.Should().Be(0);

        ProgramResult merge = InProcess.Run(_workspace.At("runs"), "merge", "one", "--adapter", "two:0.5", "--output", "merged");
        merge.ExitCode.Should().Be(0, merge.All);
        Directory.Delete(_workspace.At("runs", "one"), recursive: true);
        Generate("merged").Output.Should().Be(both.Output);
        InProcess.Run(_workspace.At("runs"), "merge", "two", "--output", "merged").Errors.Should().Contain("already exists");

        Refused(Generate("base", "--adapter", "prompt:0.5"), "Omit the scale");
        Refused(Generate("base", "--adapter", "prompt", "--adapter", "second"), "accepts only one prompt");
        Refused(Generate("base", "--adapter", "base"), "is not an adapter folder");
        Refused(InProcess.Run(_workspace.At("runs"), "merge", "prompt", "--output", "no"), "does not change weights");
        Refused(InProcess.Run(_workspace.At("runs"), "merge", "base", "--output", "no"), "nothing to merge");
        Directory.Exists(_workspace.At("runs", "no")).Should().BeFalse();

        static void Refused(ProgramResult result, string sentence)
        {
            result.ExitCode.Should().Be(4, result.All);
            result.Errors.Should().Contain(sentence);
        }
    }

    [Theory]
    [InlineData("bf16")]
    [InlineData("int8")]
    [InlineData("nf4")]
    public void A_base_in_fewer_bits_trains_resumes_generates_and_merges(string format)
    {
        string[] setting = ["--strategy:baseWeights", format];
        Train("whole", "lora", seed: 1, setting);
        ProgramResult resume = InProcess.Run(_workspace.Folder, "resume", "runs/whole", "--training:steps", "12");
        resume.ExitCode.Should().Be(0, resume.All);
        ProgramResult plan = InProcess.Run(_workspace.Folder, ["plan", "whole.json", .. setting]);
        plan.Output.Should().Contain($"weights ({format})");
        EvaluatesToItsValidationLoss("whole", 0.02);

        string[] generate = ["--prompt", "the ", "-n", "8", "--temperature", "0", "--json"];
        ProgramResult apart = InProcess.Run(_workspace.At("runs"), ["generate", "whole", .. generate]);
        ProgramResult merge = InProcess.Run(_workspace.At("runs"), "merge", "whole", "--output", "merged");
        merge.ExitCode.Should().Be(0, merge.All);
        InProcess.Run(_workspace.At("runs"), ["generate", "merged", .. generate]).Output.Should().Be(apart.Output);
    }

    [Theory]
    [InlineData(torch.ScalarType.BFloat16, "bfloat16")]
    [InlineData(torch.ScalarType.Float16, "float16")]
    public void A_merged_model_keeps_the_types_of_its_base(torch.ScalarType type, string name)
    {
        const string Kept = "transformer.ln_f.weight";
        string weights = _workspace.At("runs", "base", "model.safetensors");
        Convert(weights, type, except: Kept);
        Train("whole", "lora", seed: 1);

        ProgramResult merge = InProcess.Run(_workspace.At("runs"), "merge", "whole", "--output", "merged");

        merge.ExitCode.Should().Be(0, merge.All);
        Types(_workspace.At("runs", "merged", "model.safetensors")).Should().BeEquivalentTo(Types(weights));
        Types(weights)[Kept].Should().Be(SafetensorsDType.F32);
        string configuration = File.ReadAllText(_workspace.At("runs", "merged", "config.json"));
        JsonNode.Parse(configuration)!["torch_dtype"]!.GetValue<string>().Should().Be(name);
        InProcess.Run(_workspace.At("runs"), "generate", "merged", "--prompt", "the ", "-n", "4").ExitCode.Should().Be(0);

        static IReadOnlyDictionary<string, SafetensorsDType> Types(string file)
        {
            using SafetensorsFile opened = SafetensorsFile.Open(file);
            return opened.Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.DType);
        }
    }

    [Fact]
    public void A_merged_weight_that_float16_cannot_hold_is_refused()
    {
        Train("whole", "lora", seed: 1);
        Convert(_workspace.At("runs", "base", "model.safetensors"), torch.ScalarType.Float16, except: "");
        string adapter = _workspace.At("runs", "whole", "adapter_model.safetensors");
        Change(adapter, (_, tensor) => tensor * 1e4);

        ProgramResult merge = InProcess.Run(_workspace.At("runs"), "merge", "whole", "--output", "merged");

        merge.ExitCode.Should().Be(4, merge.All);
        merge.Errors.Should().Contain("cannot be written in float16, the type of the folder's weights, because it contains");
        Directory.Exists(_workspace.At("runs", "merged")).Should().BeFalse();
    }

    [Fact]
    public void A_base_in_fewer_bits_is_refused_where_it_cannot_be()
    {
        Refused(
            AdapterRecipe("refused", "lora", 1),
            "strategy:modulesToSave: matches 'lm_head', whose weight exists only in the format of the frozen base model",
            "--strategy:modulesToSave:0", "lm_head");
        string recipe = AdapterRecipe("refused", "lora", 1);
        JsonObject json = JsonNode.Parse(File.ReadAllText(recipe))!.AsObject();
        (json["data"], json["model"]!["use"]) = (new JsonObject { ["use"] = "sentiment" }, "gpt-classifier");
        json.Remove("samples");
        File.WriteAllText(recipe, json.ToJsonString());
        Refused(recipe, "strategy: keeps the base model's weights in nf4, but the model 'gpt-classifier' has only float32 weights.");

        void Refused(string recipe, string sentence, params string[] more)
        {
            ProgramResult run = InProcess.Run(_workspace.Folder, ["run", recipe, "--strategy:baseWeights", "nf4", .. more]);
            run.ExitCode.Should().Be(2, run.All);
            run.Errors.Should().Contain(sentence);
            Directory.Exists(_workspace.At("runs", "refused")).Should().BeFalse();
        }
    }

    [Fact]
    public void An_adapter_over_nothing_is_refused()
    {
        ProgramResult run = InProcess.Run(_workspace.Folder, "run", _workspace.Recipe("alone", 5, 0), "--strategy:use", "lora");

        run.ExitCode.Should().Be(2, run.All);
        run.Errors.Should().Contain("alone.json:6: model:from: is missing: the strategy 'lora' trains an adapter on a frozen model");
        Directory.Exists(_workspace.At("runs", "alone")).Should().BeFalse();
    }

    private void EvaluatesToItsValidationLoss(string run, double tolerance)
    {
        ProgramResult eval = InProcess.Run(_workspace.Folder, "eval", $"runs/{run}", "-o", "measured");
        eval.ExitCode.Should().Be(0, eval.All);
        double expected = Figure(_workspace.At("runs", run, "summary.json"), "validationLoss");
        Figure(_workspace.At("measured", "evaluation.json"), "loss").Should().BeApproximately(expected, tolerance);

        static double Figure(string file, string name) => JsonNode.Parse(File.ReadAllText(file))![name]!.GetValue<double>();
    }

    private void Train(string name, string strategy, int seed, params string[] settings)
    {
        ProgramResult run = InProcess.Run(_workspace.Folder, ["run", AdapterRecipe(name, strategy, seed), .. settings]);
        run.ExitCode.Should().Be(0, run.All);
    }

    private static void Convert(string file, torch.ScalarType type, string except) =>
        Change(file, (name, tensor) => name == except ? tensor : tensor.to(type));

    private static void Change(string file, Func<string, torch.Tensor, torch.Tensor> change)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (string Name, torch.Tensor Tensor)[] tensors;
        using (SafetensorsFile opened = SafetensorsFile.Open(file))
            tensors = [.. opened.Tensors.Keys.Select(name => (name, change(name, opened.Read(name))))];
        SafetensorsFile.Write(file, tensors);
    }

    private string AdapterRecipe(string name, string strategy, int seed)
    {
        string recipe = _workspace.Recipe(name, 10, 0);
        JsonObject json = JsonNode.Parse(File.ReadAllText(recipe))!.AsObject();
        json.Remove("tokenizer");
        json["seed"] = seed;
        json["model"] = new JsonObject { ["use"] = "gpt", ["from"] = "runs/base", ["contextLength"] = 32 };
        json["strategy"] = new JsonObject { ["use"] = strategy };
        File.WriteAllText(recipe, json.ToJsonString());
        return recipe;
    }
}
