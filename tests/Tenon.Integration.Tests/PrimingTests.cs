using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Few-shot learning in the prompt, as users of the program meet it.</summary>
[Collection(InOneProcess.Name)]
public sealed class PrimingTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Measures_each_number_of_examples_and_leaves_the_model_as_it_was()
    {
        InProcess.Run(_workspace.Folder, "run", _workspace.Recipe("tiny", 10, 0)).ExitCode.Should().Be(0);
        string[] lines = [.. Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? "cat\tx" : "dog\ty")];
        File.WriteAllLines(_workspace.At("labelled.tsv"), ["text\tlabel", .. lines]);
        File.WriteAllText(_workspace.At("priming.json"), """
            {
              "name": "priming",
              "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "labelled-text", "files": ["labelled.tsv"] },
              "model": { "use": "gpt", "from": "runs/tiny" },
              "strategy": { "use": "priming", "template": "{text} {label}\n", "shots": [0, 2], "draws": 2 },
              "validation": { "share": 0.3 }
            }
            """);

        ProgramResult run = InProcess.Run(_workspace.Folder, "run", "priming.json");

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("priming, on 18 held-out examples").And.Contain("priming.png")
            .And.NotContain("loss.png").And.NotContain("continue training")
            .And.MatchRegex("generate runs/priming --prompt \"(cat|dog)\"");
        JsonNode results = JsonNode.Parse(File.ReadAllText(_workspace.At("runs", "priming", "priming.json")))!;
        results["results"]!.AsArray().Select(entry => (int)entry!["shots"]!).Should().Equal(0, 2, 2);
        File.Exists(_workspace.At("runs", "priming", "priming.png")).Should().BeTrue();
        File.ReadAllBytes(_workspace.At("runs", "priming", "model.safetensors")).Should()
            .Equal(File.ReadAllBytes(_workspace.At("runs", "tiny", "model.safetensors")));
        InProcess.Run(_workspace.Folder, "generate", "runs/priming", "--prompt", "the ", "-n", "3").ExitCode.Should().Be(0);
    }

    [Fact]
    public void Data_without_labels_is_refused_with_what_fits()
    {
        ProgramResult told = InProcess.Run(_workspace.Folder, "validate", _workspace.Recipe("tiny", 10, 0), "--strategy:use", "priming");
        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().Contain("yields text examples, but the architecture 'gpt' with the strategy 'priming' learns from labelled " +
            "text examples.");
    }
}
