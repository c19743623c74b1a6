using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Adapters from recipe to text: trained over a base model, resumed, moved, opened.</summary>
public sealed class AdapterTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public AdapterTests() => TenonProgram.Run(_workspace.Folder, "run", _workspace.Recipe("base", 10, 0)).ExitCode.Should().Be(0);

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("lora", "LORA")]
    [InlineData("ptuning", "P_TUNING")]
    public void Trains_resumes_and_generates_with_the_base_model_beside_it(string strategy, string type)
    {
        string recipe = _workspace.Recipe(strategy, 10, 0);
        JsonObject json = JsonNode.Parse(File.ReadAllText(recipe))!.AsObject();
        json.Remove("tokenizer");
        json["model"] = new JsonObject { ["use"] = "gpt", ["from"] = "runs/base", ["contextLength"] = 32 };
        json["strategy"] = new JsonObject { ["use"] = strategy };
        File.WriteAllText(recipe, json.ToJsonString());

        ProgramResult run = TenonProgram.Run(_workspace.Folder, "run", recipe);
        run.ExitCode.Should().Be(0, run.All);
        ProgramResult resume = TenonProgram.Run(_workspace.Folder, "resume", $"runs/{strategy}", "--training:steps", "12");
        resume.ExitCode.Should().Be(0, resume.All);
        File.ReadAllText(_workspace.At("runs", strategy, "adapter_config.json")).Should().Contain(type);
        File.Exists(_workspace.At("runs", strategy, "model.safetensors")).Should().BeFalse();

        string[] generate = ["generate", strategy, "--prompt", "the ", "-n", "8", "--seed", "5", "--json"];
        ProgramResult here = TenonProgram.Run(_workspace.At("runs"), generate);
        here.ExitCode.Should().Be(0, here.All);
        Directory.Move(_workspace.At("runs"), _workspace.At("moved"));
        TenonProgram.Run(_workspace.At("moved"), generate).Output.Should().Be(here.Output);

        Directory.Delete(_workspace.At("moved", "base"), recursive: true);
        ProgramResult alone = TenonProgram.Run(_workspace.At("moved"), generate);
        alone.ExitCode.Should().Be(4, alone.All);
        alone.Errors.Should().Contain("was trained on the model").And.Contain("Looked for:");
    }

    [Fact]
    public void An_adapter_over_nothing_is_refused()
    {
        ProgramResult run = TenonProgram.Run(_workspace.Folder, "run", _workspace.Recipe("alone", 5, 0), "--strategy:use", "lora");

        run.ExitCode.Should().Be(4, run.All);
        run.Errors.Should().Contain("model:from");
    }
}
