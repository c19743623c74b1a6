using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Learning from a reward and from preferences, as users of the program meet it.</summary>
[Collection(InOneProcess.Name)]
public sealed class PolicyTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public PolicyTests() => File.WriteAllLines(
        _workspace.At("pairs.tsv"), ["prompt\tchosen\trejected", .. Enumerable.Range(0, 40).Select(i => $"the cat {i}\t sees\t hears")]);

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("dpo", """{ "use": "preferences", "files": ["pairs.tsv"] }""")]
    [InlineData("ppo", """{ "use": "sentence-starts", "files": ["text.txt"], "words": 2 }""")]
    [InlineData("grpo", """{ "use": "sentence-starts", "files": ["text.txt"], "words": 2 }""")]
    public void An_adapter_is_trained_opened_and_judged(string strategy, string data)
    {
        Tenon("run", _workspace.Recipe("base", 10, 0)).ExitCode.Should().Be(0);
        byte[] before = File.ReadAllBytes(_workspace.At("runs", "base", "model.safetensors"));
        File.WriteAllLines(_workspace.At("prompts.txt"), ["the ", "a cat"]);

        ProgramResult run = Tenon("run", Recipe("tuned", strategy, data, "runs/base"));

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain($"run {Path.Combine("runs", "tuned", "recipe.json")} --training:learningRate",
            "the command that follows starts from the same model");
        if (strategy != "dpo")
            run.Output.Should().Contain("at the end   reward/");
        File.ReadAllText(_workspace.At("runs", "tuned", "adapter_config.json")).Should().Contain("LORA").And.Contain("runs/base");
        File.Exists(_workspace.At("runs", "tuned", "model.safetensors")).Should().BeFalse();
        File.ReadAllBytes(_workspace.At("runs", "base", "model.safetensors")).Should().Equal(before);
        Tenon("generate", "runs/tuned", "--prompt", "the ", "-n", "3").ExitCode.Should().Be(0);
        ProgramResult judged =
            Tenon("judge", "runs/tuned", "--reward", "length", "--prompts", "prompts.txt", "--reference", "runs/base", "-n", "6", "--json");
        judged.ExitCode.Should().Be(0, judged.All);
        JsonNode.Parse(judged.Output)!["klPerToken"]!.GetValue<double>().Should().NotBe(0);
        Tenon("resume", "runs/tuned", "--training:steps", "6").ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData("dpo", true)]
    [InlineData("dpo", false)]
    [InlineData("reward", false)]
    public void What_the_last_validation_reported_is_what_is_measured_afterwards(string strategy, bool adapter)
    {
        Tenon("run", _workspace.Recipe("base", 10, 0)).ExitCode.Should().Be(0);
        bool isPolicy = strategy == "dpo";
        string recipe = Recipe("tuned", strategy, """{ "use": "preferences", "files": ["pairs.tsv"] }""", "runs/base", isPolicy ? "gpt" : "gpt-classifier", adapter);
        ProgramResult run = Tenon("run", recipe, "--validation:share", "0.3");
        run.ExitCode.Should().Be(0, run.All);
        JsonNode summary = Written("summary.json");
        summary["perplexity"].Should().BeNull();

        ProgramResult eval = Tenon("eval", "runs/tuned", "--output", "runs/tuned");

        eval.ExitCode.Should().Be(0, eval.All);
        JsonNode found = Written("evaluation.json");
        double loss = found["loss"]!.GetValue<double>();
        loss.Should().BeApproximately(summary["validationLoss"]!.GetValue<double>(), 1e-6);
        found["perplexity"].Should().BeNull();
        (found["languageModelPerplexity"] is not null).Should().Be(isPolicy);
        eval.Output.Contains("perplexity of the language model", StringComparison.Ordinal).Should().Be(isPolicy);
        if (isPolicy)
        {
            loss.Should().BeLessThan(Math.Log(2) - 1e-3, "it is held to the model that training began with, not to itself");
            if (adapter)
                return;
            Directory.Move(_workspace.At("runs", "base"), _workspace.At("moved"));
            ProgramResult without = Tenon("eval", "runs/tuned");
            without.ExitCode.Should().Be(4, without.All);
            without.Errors.Should()
                .Contain("The strategy 'dpo' compares the model with the model that the run started from, but its folder");
            Tenon("eval", "runs/tuned", "--model:from", _workspace.At("moved")).ExitCode.Should().Be(0);
            return;
        }

        double accuracy = found["figures"]!["reward/validation_accuracy"]!.GetValue<double>();
        accuracy.Should().Be(File.ReadLines(_workspace.At("runs", "tuned", "metrics.jsonl"))
            .Select(line => JsonNode.Parse(line)!["reward/validation_accuracy"]).Last(value => value is not null)!.GetValue<double>());
        eval.Output.Should().Contain("reward/validation_accuracy");
        Tenon("eval", "runs/tuned", "--split", "train").Output.Should().Contain("reward/accuracy")
            .And.NotContain("reward/validation_accuracy");

        JsonNode Written(string file) => JsonNode.Parse(File.ReadAllText(_workspace.At("runs", "tuned", file)))!;
    }

    [Fact]
    public void Preferences_are_asked_for_before_anything_is_made()
    {
        string recipe = Recipe("refused", "dpo", """{ "use": "text-files", "files": ["text.txt"] }""", from: null);
        foreach (string verb in (string[])["validate", "plan", "run"])
        {
            ProgramResult told = Tenon(verb, recipe);
            told.ExitCode.Should().Be(2, told.All);
            told.All.Should().Contain("The data 'text-files' yields text examples, but the architecture 'gpt' with the strategy 'dpo' " +
                "learns from preference examples. Data that fits: preferences, ranked-samples.");
        }

        Directory.Exists(_workspace.At("runs", "refused")).Should().BeFalse();
    }

    [Fact]
    public void An_empty_adapter_is_not_taken_for_none()
    {
        string recipe = Recipe("empty", "dpo", """{ "use": "preferences", "files": ["pairs.tsv"] }""", from: null);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("""{ "rank": 2 }""", "{}", StringComparison.Ordinal));

        ProgramResult told = Tenon("validate", recipe);

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().Contain("strategy:adapter: is an empty object, which has no effect. Set one of its keys (rank, alpha,");
    }

    [Theory]
    [InlineData("bert", "ICollate<PreferenceExample>")]
    [InlineData("vit", "ICollate<PreferenceExample>")]
    [InlineData("diffusion", "ICollate<PreferenceExample>")]
    [InlineData("gpt-classifier", "IPolicy")]
    [InlineData("gpt", null)]
    public void The_matrix_names_what_a_model_lacks_for_preferences(string architecture, string? missing)
    {
        JsonNode cell = JsonNode.Parse(Tenon("matrix", "--json").Output)!.AsArray()
            .First(cell => (string?)cell!["architecture"] == architecture && (string?)cell["strategy"] == "dpo")!;

        ((string?)cell["missing"]).Should().Be(missing);
        ((bool)cell["supported"]!).Should().Be(missing is null);
    }

    [Fact]
    public void The_held_out_answers_of_a_pipeline_that_starts_from_nothing_are_judged()
    {
        ProgramResult run = Tenon("run", "grpo-arithmetic", "--stages:base:training:steps", "2", "--stages:grpo:training:steps", "2",
            "--stages:base:training:batchSize", "8", "--stages:grpo:training:batchSize", "8", "--stages:grpo:strategy:minibatchSize", "8",
            "--data:problems", "40", "--data:heldOut", "10", "--device:threads", "1");
        run.ExitCode.Should().Be(0, run.All);

        ProgramResult judged = Tenon("judge", "runs/grpo-arithmetic/grpo", "--reward", "exact-answer", "--reference",
            "runs/grpo-arithmetic/base", "-n", "4", "--json");

        judged.ExitCode.Should().Be(0, judged.All);
        JsonNode report = JsonNode.Parse(judged.Output)!;
        report["texts"]!.GetValue<int>().Should().Be(10);
        report["klPerToken"].Should().NotBeNull();
        report["samples"]!.AsArray().Should().OnlyContain(text => text!["prompt"]!.GetValue<string>().EndsWith(" ="));
    }

    [Fact]
    public void A_run_without_held_out_prompts_needs_a_file_of_them()
    {
        Tenon("run", _workspace.Recipe("base", 2, 0)).ExitCode.Should().Be(0);

        ProgramResult judged = Tenon("judge", "runs/base", "--reward", "length");

        judged.ExitCode.Should().Be(4, judged.All);
        judged.Errors.Should().Contain("has no held-out prompts. Set --prompts to a file with one prompt per line.");
    }

    [Fact]
    public void A_checker_program_runs_only_if_the_recipe_allows_it()
    {
        string recipe = Recipe("checked", "grpo", """{ "use": "sentence-starts", "files": ["text.txt"], "words": 2 }""",
            from: null, adapter: false);
        string text = File.ReadAllText(recipe);
        File.WriteAllText(recipe, text.Replace("\"use\": \"length\"",
            "\"use\": \"external\", \"program\": \"/usr/bin/wc\", \"arguments\": [\"-c\"]", StringComparison.Ordinal));

        ProgramResult refused = Tenon("run", recipe);
        refused.ExitCode.Should().Be(2, refused.All);
        refused.Errors.Should().Contain("allow: is false, so the program '/usr/bin/wc' may not run.");
        Directory.Exists(_workspace.At("runs", "checked")).Should().BeFalse();

        ProgramResult run = Tenon("run", recipe, "--reward:allow", "true", "--strategy:groupSize", "2", "--strategy:maxNewTokens", "4");
        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("reward/external");
    }

    [Fact]
    public void A_reward_that_is_not_there_is_a_wrong_command_line()
    {
        Tenon("run", _workspace.Recipe("base", 5, 0)).ExitCode.Should().Be(0);
        File.WriteAllLines(_workspace.At("prompts.txt"), ["the "]);

        ProgramResult told = Tenon("judge", "runs/base", "--reward", "lenght", "--prompts", "prompts.txt");

        told.ExitCode.Should().Be(2, told.All);
        told.Errors.Should().Contain("Unknown reward 'lenght'.").And.Contain("Did you mean 'length'?");
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_workspace.Folder, arguments);

    private string Recipe(string name, string strategy, string data, string? from, string model = "gpt", bool adapter = true)
    {
        string file = _workspace.At($"{name}.json");
        string start = from is null ? "" : $", \"from\": \"{from}\"";
        string own = adapter ? ", \"adapter\": { \"rank\": 2 }" : "";
        string reward = strategy is "ppo" or "grpo" ? "\"reward\": { \"use\": \"length\" }," : "";
        File.WriteAllText(file, $$"""
            {
              "name": "{{name}}",
              "device": { "use": "cpu", "threads": 1 },
              "data": {{data}},
              "tokenizer": { "use": "bytes" },
              "model": { "use": "{{model}}"{{start}} },
              "strategy": { "use": "{{strategy}}"{{own}} },
              {{reward}}
              "training": { "steps": 4, "batchSize": 4, "accumulate": 2, "learningRate": 1e-2, "logEvery": 1 },
              "validation": { "batches": 1 }
            }
            """);
        return file;
    }
}
