using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>
/// Pipelines as their user runs, stops and resumes them: a language model, what demonstrations make of it, a reward model of
/// its samples, and the policy that this teaches.
/// </summary>
[Collection(InOneProcess.Name)]
public sealed partial class PipelineTests : IDisposable
{
    private static readonly string[] Stages = ["base", "sft", "reward", "ppo"];
    private readonly Workspace _workspace = new();

    public PipelineTests()
    {
        _workspace.Recipe("tiny", steps: 40, checkpoints: 0);
        Write("pipeline.json", """
            {
              "name": "pipeline",
              "device": { "use": "cpu", "threads": 1 },
              "stages": [
                { "name": "base", "recipe": "tiny", "samples": { "prompts": [] } },
                {
                  "name": "sft",
                  "model": { "use": "gpt", "from": "stage:base" },
                  "data": { "use": "sentence-starts", "files": ["text.txt"], "words": 2 },
                  "strategy": { "use": "finetune", "patience": 2 },
                  "training": { "steps": 40, "batchSize": 4, "learningRate": 1e-3, "packing": true },
                  "validation": { "every": 10 }
                },
                {
                  "name": "reward",
                  "model": { "use": "gpt-classifier", "from": "stage:sft" },
                  "data": { "use": "ranked-samples", "from": "stage:sft", "files": ["text.txt"], "words": 2, "prompts": 96, "maxNewTokens": 16 },
                  "reward": { "use": "regex", "pattern": "[aeiou]" },
                  "strategy": { "use": "reward" },
                  "training": { "steps": 150, "batchSize": 8, "learningRate": 1e-3, "logEvery": 5 },
                  "validation": { "every": 50 },
                  "checkpoints": { "every": 20 }
                },
                {
                  "name": "ppo",
                  "model": { "use": "gpt", "from": "stage:sft" },
                  "data": { "use": "sentence-starts", "files": ["text.txt"], "words": 2 },
                  "reward": { "use": "reward-model", "from": "stage:reward" },
                  "strategy": { "use": "ppo", "maxNewTokens": 8, "epochs": 2, "minibatchSize": 8 },
                  "training": { "steps": 120, "batchSize": 16, "learningRate": 1e-3, "logEvery": 4 },
                  "validation": { "batches": 2 },
                  "checkpoints": { "every": 16 },
                  "samples": { "prompts": ["the "], "maxNewTokens": 8 }
                }
              ]
            }
            """);
    }

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_pipeline_that_was_stopped_and_killed_ends_like_one_that_was_not()
    {
        ProgramResult whole = Tenon("run", "pipeline.json", "--name", "whole");
        whole.ExitCode.Should().Be(0, whole.All);

        (int code, string errors) = await Interrupt(Sigterm, "reward", "run", "pipeline.json", "--name", "broken");
        if (!OperatingSystem.IsWindows())
        {
            code.Should().Be(130, errors);
            errors.Should().Contain("Stage 'reward': ").And.Contain($"resume {Path.Combine("runs", "broken")}");
            States("broken").Should().Equal("finished", "finished", "stopped", "waiting");
        }

        DateTime written = File.GetLastWriteTimeUtc(Model("broken", "base"));
        await Interrupt(Sigkill, "ppo", "resume", Path.Combine("runs", "broken"));
        States("broken").Should().Equal("finished", "finished", "finished", "running");
        ProgramResult last = Tenon("resume", Path.Combine("runs", "broken"));

        last.ExitCode.Should().Be(0, last.All);
        last.Output.Should().Contain("1 of 4: base, finished before").And.Contain("3 of 4: reward, finished before")
            .And.NotContain("4 of 4: ppo, finished before");
        States("broken").Should().Equal("finished", "finished", "finished", "finished");
        File.GetLastWriteTimeUtc(Model("broken", "base")).Should().Be(written);
        foreach (string stage in Stages)
        {
            File.ReadAllBytes(Model("broken", stage)).Should().Equal(File.ReadAllBytes(Model("whole", stage)), stage);
            Figures("broken", stage).Should().Equal(Figures("whole", stage), stage);
        }

        Directory.EnumerateFileSystemEntries(_workspace.At("runs", "broken"), "*.partial", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [Fact]
    public void A_finished_pipeline_shows_its_stages_and_what_to_type_next()
    {
        ProgramResult run = Short("run", "pipeline.json");

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().ContainAll(
            "stage      4 of 4: ppo", "│ reward ", "reward/validation_accuracy", "reward/reward-model",
            Path.Combine("runs", "pipeline", "ppo"), "Next:",
            $"generate {Path.Combine("runs", "pipeline", "ppo")} --prompt \"the \"", "--stages:ppo:training:learningRate 0.0005");
        File.Exists(_workspace.At("runs", "pipeline", "ppo", "figures.png")).Should().BeTrue();
        JsonNode recipe = JsonNode.Parse(File.ReadAllText(_workspace.At("runs", "pipeline", "recipe.json")))!;
        recipe["stages"]![3]!["reward"]![0]!["from"]!.GetValue<string>().Should().Be("stage:reward");

        Write("rewarded.json", """
            {
              "name": "rewarded", "device": { "use": "cpu" }, "model": { "use": "gpt", "from": "runs/pipeline/sft" },
              "data": { "use": "sentence-starts", "files": ["text.txt"] }, "strategy": { "use": "ppo" },
              "reward": [ { "use": "length" }, { "use": "reward-model", "from": "runs/pipeline/reward" } ], "training": { "steps": 1 }
            }
            """);
        JsonNode plan = JsonNode.Parse(Tenon("plan", "rewarded.json", "--json").Output)!;
        plan["rewardBytes"]!.GetValue<long>().Should().Be(plan["weightBytes"]!.GetValue<long>() + 32 * sizeof(float));
        Tenon("plan", "rewarded.json").Output.Should().Contain("reward models").And.Contain("reference model");

        Directory.Move(_workspace.At("runs", "pipeline"), _workspace.At("moved"));
        DateTime written = File.GetLastWriteTimeUtc(_workspace.At("moved", "ppo", "model.safetensors"));
        ProgramResult again = Tenon("resume", "moved");
        again.ExitCode.Should().Be(0, again.All);
        again.Output.Should().Contain("4 of 4: ppo, finished before").And.Contain(Path.Combine("moved", "ppo"));
        File.GetLastWriteTimeUtc(_workspace.At("moved", "ppo", "model.safetensors")).Should().Be(written);

        Refused(2, Tenon("resume", "moved", "--stages:ppo:training:steps", "9"), "has no effect: the stage 'ppo' is finished.");
        Refused(4, Tenon("eval", "moved"), $"'moved' is the folder of a pipeline. Use the folder of one of its stages: " +
            $"{Path.Combine("moved", "base")}, {Path.Combine("moved", "sft")}, {Path.Combine("moved", "reward")}, " +
            $"{Path.Combine("moved", "ppo")}.");
        Refused(4, Tenon("generate", "moved", "--prompt", "the "), "'moved' is the folder of a pipeline.");
        ProgramResult stage = Tenon("resume", Path.Combine("moved", "base"), "--training:steps", "6");
        stage.ExitCode.Should().Be(0, stage.All);
    }

    [Fact]
    public void A_stage_that_fails_is_told_and_goes_on_when_the_cause_is_gone()
    {
        ProgramResult failed = Short("run", "pipeline.json", "--stages:ppo:data:files:0", "later.txt");
        failed.ExitCode.Should().Be(4, failed.All);
        failed.Output.Should().Contain($"Stage 'ppo' failed. After fixing the cause, resume the pipeline with: ");
        failed.Errors.Should().Contain("later.txt");
        States("pipeline").Should().Equal("finished", "finished", "finished", "failed");

        File.Copy(_workspace.At("text.txt"), _workspace.At("later.txt"));
        ProgramResult resumed = Tenon("resume", Path.Combine("runs", "pipeline"));
        resumed.ExitCode.Should().Be(0, resumed.All);
        States("pipeline").Should().Equal("finished", "finished", "finished", "finished");

        Short("run", "pipeline.json", "--name", "nothing", "--stages:base:data:files:0", "missing.txt").ExitCode.Should().Be(4);
        Directory.Exists(_workspace.At("runs", "nothing")).Should().BeFalse();
    }

    [Fact]
    public void Everything_is_checked_and_planned_before_anything_runs()
    {
        ProgramResult wrong =
            Tenon("validate", "pipeline.json", "--stages:pop:seed", "1", "--stages:reward:training:stepz", "1", "--training:steps", "0");
        wrong.ExitCode.Should().Be(2);
        wrong.Output.Should().ContainAll(
            "command line: stages:pop:seed: there is no stage 'pop'. Did you mean 'ppo'?",
            "command line: stages:reward:training:stepz: is not a key of 'training'. Did you mean 'steps'?",
            "command line: training:steps: is 0;");
        Tenon("run", "pipeline.json", "--training:steps", "0").ExitCode.Should().Be(2);
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
        Tenon("validate", "pipeline.json").Output.Should().Contain("valid.");

        ProgramResult plan = Tenon("plan", "pipeline.json", "--json");
        plan.ExitCode.Should().Be(0, plan.All);
        JsonArray stages = JsonNode.Parse(plan.Output)!["stages"]!.AsArray();
        stages.Select(stage => stage!["stage"]!.GetValue<string>()).Should().Equal(Stages);
        stages[3]!["plan"]!["parameters"]!.GetValue<long>().Should().Be(stages[0]!["plan"]!["parameters"]!.GetValue<long>());
        stages[2]!["plan"]!["parameters"]!.GetValue<long>().Should().Be(stages[0]!["plan"]!["parameters"]!.GetValue<long>() + 32);
        Bytes(stages[0]!, "bestBytes").Should().Be(0, "pretrain selects nothing");
        Bytes(stages[1]!, "bestBytes").Should().Be(Bytes(stages[1]!, "weightBytes"));
        Bytes(stages[2]!, "referenceBytes").Should().Be(0);
        Bytes(stages[3]!, "referenceBytes").Should().Be(Bytes(stages[3]!, "weightBytes"));
        JsonNode adapter = JsonNode.Parse(Tenon("plan", "pipeline.json", "--json", "--stages:ppo:strategy:adapter:rank", "2")
            .Output)!["stages"]![3]!;
        Bytes(adapter, "referenceBytes").Should().Be(0, "the policy without its adapter is the reference");
        Tenon("plan", "pipeline.json").Output.Should().Contain("base (model:from)");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Fact]
    public void The_data_of_each_stage_is_validated_as_far_as_it_is_known()
    {
        ProgramResult valid = Tenon("validate", "pipeline.json", "--data");

        valid.ExitCode.Should().Be(0, valid.All);
        valid.Output.Should().MatchRegex(@"pipeline\.json, stage 'base': [\d,]+ training and [\d,]+ validation examples are usable, 0 are not")
            .And.MatchRegex(@"pipeline\.json, stage 'sft': [\d,]+ training and [\d,]+ validation examples are usable, 0 are not")
            .And.Contain("pipeline.json, stage 'reward': the data can be read only after 'sft'.")
            .And.MatchRegex(@"pipeline\.json, stage 'ppo': [\d,]+ training and [\d,]+ validation examples are usable, 0 are not");

        ProgramResult wrong = Tenon("validate", "pipeline.json", "--data", "--json", "--stages:sft:data:files:0", "missing.txt");
        wrong.ExitCode.Should().Be(2, wrong.All);
        JsonArray stages = JsonNode.Parse(wrong.Output)!.AsArray();
        stages.Select(stage => stage!["stage"]!.GetValue<string>()).Should().Equal(Stages);
        stages[1]!["report"]!["faults"]!.AsArray().Should().ContainSingle().Which!.GetValue<string>().Should().Contain("missing.txt");
        stages[3]!["report"].Should().BeNull();
        stages[3]!["after"]!.AsArray().Select(stage => stage!.GetValue<string>()).Should().Equal("sft");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Fact]
    public void The_shipped_pipeline_is_listed_and_nothing_is_wrong_with_it()
    {
        Tenon("validate", "rlhf").Should().Be(new ProgramResult(0, $"rlhf: valid.{Environment.NewLine}", ""));
        Tenon("list", "recipes").Output.Should().Contain("pipeline: base, sft, reward, ppo");
        Tenon("list").Output.Should().Contain("rlhf");
        JsonNode listed = JsonNode.Parse(Tenon("list", "recipes", "--json").Output)!.AsArray()
            .Single(recipe => recipe!["name"]!.GetValue<string>() == "rlhf")!;
        listed["stages"]!.AsArray().Select(stage => stage!.GetValue<string>()).Should().Equal(Stages);
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_workspace.Folder, arguments);

    private static long Bytes(JsonNode stage, string name) => stage["plan"]![name]!.GetValue<long>();

    private ProgramResult Short(params string[] arguments) => Tenon([.. arguments, "--training:steps", "4"]);

    // Sends a signal when a stage has its first checkpoint.
    private async Task<(int Code, string Errors)> Interrupt(int signal, string stage, params string[] arguments)
    {
        using Process process = TenonProgram.Start(_workspace.Folder, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string checkpoints = _workspace.At("runs", "broken", stage, "checkpoints");
        while (!Directory.Exists(checkpoints)
            || Directory.GetDirectories(checkpoints, "step-*").All(folder => folder.EndsWith(".partial", StringComparison.Ordinal)))
        {
            process.HasExited.Should().BeFalse($"the stage {stage} is to be interrupted");
            await Task.Delay(5);
        }

        if (signal == Sigkill || OperatingSystem.IsWindows())
            process.Kill(entireProcessTree: true);
        else
            Kill(process.Id, signal).Should().Be(0);
        await process.WaitForExitAsync();
        await output;
        return (process.ExitCode, await errors);
    }

    private string Model(string run, string stage) => _workspace.At("runs", run, stage, "model.safetensors");

    private IEnumerable<string> States(string run) =>
        JsonNode.Parse(File.ReadAllText(_workspace.At("runs", run, "pipeline.json")))!["stages"]!.AsArray()
            .Select(stage => stage!["state"]!.GetValue<string>());

    // All figures but those of the clock.
    private List<string> Figures(string run, string stage) => [.. File.ReadLines(_workspace.At("runs", run, stage, "metrics.jsonl"))
        .Select(line => string.Join(' ', JsonNode.Parse(line)!.AsObject()
            .Where(figure => !figure.Key.StartsWith("time/", StringComparison.Ordinal)).Select(figure => $"{figure.Key} {figure.Value}")))];

    private static void Refused(int code, ProgramResult result, string sentence)
    {
        result.ExitCode.Should().Be(code, result.All);
        result.Errors.Should().Contain(sentence).And.NotContain("Unexpected");
    }

    private void Write(string name, string json) => File.WriteAllText(_workspace.At(name), json);

    private const int Sigkill = 9;
    private const int Sigterm = 15;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
