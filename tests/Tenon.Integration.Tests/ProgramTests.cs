using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>The program as its users type it: what it prints, what it writes, how it ends.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Trains_shows_what_it_came_to_and_generates_from_the_artifact()
    {
        ProgramResult run = TenonProgram.Run(_workspace.Folder, "run", _workspace.Recipe("tiny", 60, 0));

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("unigram counts").And.Contain("bigram counts").And.Contain("gpt (this run)")
            .And.Contain("samples after step 60").And.Contain("loss.png").And.Contain("generate runs").And.Contain("resume runs");
        foreach (string file in new[]
        {
            "config.json", "model.safetensors", "tokenizer.json", "recipe.json", "plugins.lock.json", "metrics.jsonl", "loss.png",
        })
        {
            File.Exists(_workspace.At("runs", "tiny", file)).Should().BeTrue(file);
        }

        Directory.GetFiles(_workspace.At("runs", "tiny"), "events.out.tfevents*").Should().ContainSingle();

        string[] generate = ["generate", "runs/tiny", "--prompt", "the ", "-n", "20", "--seed", "5", "--json"];
        ProgramResult first = TenonProgram.Run(_workspace.Folder, generate);
        first.ExitCode.Should().Be(0, first.All);
        JsonNode.Parse(first.Output)![0]!["ids"]!.AsArray().Count.Should().BeLessThanOrEqualTo(20);
        TenonProgram.Run(_workspace.Folder, generate).Output.Should().Be(first.Output);
    }

    [Fact]
    public void The_same_recipe_gives_the_same_weights()
    {
        string recipe = _workspace.Recipe("twin", 10, 0);
        TenonProgram.Run(_workspace.Folder, "run", recipe).ExitCode.Should().Be(0);
        TenonProgram.Run(_workspace.Folder, "run", recipe).ExitCode.Should().Be(0);

        File.ReadAllBytes(_workspace.At("runs", "twin-2", "model.safetensors"))
            .Should().Equal(File.ReadAllBytes(_workspace.At("runs", "twin", "model.safetensors")));
    }

    [Fact]
    public void A_longer_run_from_a_finished_one_equals_the_long_run()
    {
        // The schedule depends on the number of steps, so only a constant rate can be trained on without a break.
        string[] constant = ["--training:schedule", "constant", "--training:warmupSteps", "0"];
        TenonProgram.Run(_workspace.Folder, ["run", _workspace.Recipe("long", 20, 0), .. constant]).ExitCode.Should().Be(0);
        TenonProgram.Run(_workspace.Folder, ["run", _workspace.Recipe("short", 10, 0), .. constant]).ExitCode.Should().Be(0);
        TenonProgram.Run(_workspace.Folder, "resume", "runs/short", "--training:steps", "20").ExitCode.Should().Be(0);

        File.ReadAllBytes(_workspace.At("runs", "short", "model.safetensors"))
            .Should().Equal(File.ReadAllBytes(_workspace.At("runs", "long", "model.safetensors")));
    }

    [Fact]
    public void Tells_everything_that_is_wrong_with_a_recipe_at_once_and_runs_nothing()
    {
        string recipe = _workspace.At("wrong.json");
        File.WriteAllText(recipe, """
            {
              "device": { "use": "cpuu" },
              "data": { "use": "text-files", "files": ["text.txt"] },
              "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": 0 },
              "strategy": { "use": "pretrain" },
              "training": { "stepz": 3 }
            }
            """);
        ProgramResult run = TenonProgram.Run(_workspace.Folder, "run", recipe);

        run.ExitCode.Should().Be(2);
        run.Errors.Should().Contain($"{recipe}:2: device:use: is 'cpuu'").And.Contain("Did you mean 'cpu'?")
            .And.Contain($"{recipe}:5: model:layers: is 0; allowed: 1 … 1000.")
            .And.Contain($"{recipe}:7: training:stepz: is not a key of 'training'. Did you mean 'steps'?");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Theory]
    [InlineData(2, "run", "nowhere.json")]
    [InlineData(2, "frobnicate")]
    [InlineData(4, "generate", "nowhere")]
    [InlineData(4, "resume", "nowhere")]
    [InlineData(3, "list", "--plugins", "nowhere.json")]
    public void Ends_with_the_documented_exit_code(int code, params string[] arguments)
    {
        ProgramResult result = TenonProgram.Run(_workspace.Folder, arguments);

        result.ExitCode.Should().Be(code, result.All);
        result.All.Should().NotContain("Unexpected failure").And.NotContain("   at ");
    }

    [Fact]
    public void Options_that_only_the_plugin_can_judge_are_the_recipes_fault_too()
    {
        ProgramResult run = TenonProgram.Run(_workspace.Folder, "run", _workspace.Recipe("heads", 5, 0), "--model:heads", "5");

        run.ExitCode.Should().Be(2);
        run.Errors.Should().Contain("model: 'hiddenSize' is 32, which is not divisible by 5 heads.");
    }

    [Fact]
    public void Plans_the_largest_model_without_its_memory()
    {
        ProgramResult plan = TenonProgram.Run(
            _workspace.Folder, "plan", _workspace.Recipe("plan", 5, 0), "--json", "--model:preset", "gpt3-175b", "--model:layers", "96",
            "--model:hiddenSize", "12288", "--model:heads", "96", "--model:contextLength", "2048", "--model:vocabularySize", "50257");

        plan.ExitCode.Should().Be(0, plan.All);
        JsonNode.Parse(plan.Output)!["parameters"]!.GetValue<long>().Should().Be(174_604_259_328);
    }

    // Matrices have two bytes per number instead of eight, and eight per block of 2,048; vectors have eight per number.
    [Fact]
    public void Plans_the_state_of_an_optimizer_with_8_bits()
    {
        string recipe = _workspace.Recipe("plan", 5, 0);
        long plain = Planned("adamw"), small = Planned("adamw8bit");

        ((double)small / plain).Should().BeInRange(0.25, 0.3);
        TenonProgram.Run(_workspace.Folder, "plan", recipe, "--training:optimizer", "adamw8bit").Output
            .Should().MatchRegex(@"optimizer state \(adamw8bit\)");

        long Planned(string optimizer)
        {
            ProgramResult plan = TenonProgram.Run(_workspace.Folder, "plan", recipe, "--json", "--training:optimizer", optimizer);
            return JsonNode.Parse(plan.Output)!["optimizerBytes"]!.GetValue<long>();
        }
    }

    [Theory]
    [InlineData("run", "gpt-sdk-docs")]
    [InlineData("run", "--training:steps 100")]
    [InlineData("eval", "--data:files:0 test.csv")]
    [InlineData("generate", "cpu")]
    [InlineData("fill", "--device:precision bf16")]
    [InlineData("judge", "--reward:score mean")]
    public void Help_lists_real_values(string command, string value)
    {
        ProgramResult help = TenonProgram.Run(_workspace.Folder, command, "--help");

        help.Output.Should().Contain(value).And.NotContainEquivalentOf("additional arguments");
        TenonProgram.Run(_workspace.Folder, "help", command).Output.Should().Be(help.Output);
    }

    [Fact]
    public void A_locked_run_refuses_a_changed_plugin()
    {
        string plugins = _workspace.At("plugins");
        CopyFolder(Path.Combine(AppContext.BaseDirectory, "plugins"), plugins);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "plugins.json"), _workspace.At("plugins.json"));
        string[] elsewhere = ["--plugins", _workspace.At("plugins.json")];
        TenonProgram.Run(_workspace.Folder, ["plugins", "lock", .. elsewhere]).ExitCode.Should().Be(0);
        string recipe = _workspace.Recipe("locked", 2, 0);
        TenonProgram.Run(_workspace.Folder, ["run", recipe, "--locked", .. elsewhere]).ExitCode.Should().Be(0);

        File.AppendAllText(Path.Combine(plugins, "tenon.gpt", "Tenon.Gpt.deps.json"), " ");
        ProgramResult changed = TenonProgram.Run(_workspace.Folder, ["run", recipe, "--locked", .. elsewhere]);

        changed.ExitCode.Should().Be(3, changed.All);
        changed.Errors.Should().Contain("tenon.gpt").And.Contain("Tenon.Gpt.deps.json");
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
