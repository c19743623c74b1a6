using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>What can be known before a run is told before its folder is made, everything at once.</summary>
[Collection(InOneProcess.Name)]
public sealed class CheckedBeforeTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("validate")]
    [InlineData("plan")]
    [InlineData("run")]
    public void What_the_recipe_tells(string verb)
    {
        string recipe = _workspace.Recipe("refused", 4, 0);
        Change(recipe, json =>
        {
            json["data"] = new JsonObject { ["use"] = "sentence-starts", ["files"] = new JsonArray("text.txt") };
            json["strategy"] = JsonNode.Parse("""{ "use": "ppo", "minibatchSize": 2, "adapter": { "rank": 2 } }""");
            json["reward"] = new JsonObject { ["use"] = "length" };
            json["training"]!["accumulate"] = 3;
        });

        ProgramResult told = Tenon(verb, recipe);

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().Contain("model:from: is missing: the strategy 'ppo' trains an adapter (strategy:adapter) on a frozen model")
            .And.Contain("training:accumulate: is 3, but a batch of 4 rows (training:batchSize) has 2 minibatches of 2 " +
                "(strategy:minibatchSize); allowed: 1 … 2.")
            .And.MatchRegex(@"refused\.json:\d+: model:from");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("plan")]
    [InlineData("run")]
    public void Folders_that_are_not_there_and_patterns_that_are_none(string verb)
    {
        Directory.CreateDirectory(_workspace.At("judge"));
        string recipe = _workspace.Recipe("refused", 4, 0);
        Change(recipe, json =>
        {
            json["data"] = new JsonObject { ["use"] = "sentence-starts", ["files"] = new JsonArray("text.txt") };
            json["model"]!["from"] = "runs/nowhere";
            json["strategy"] = new JsonObject { ["use"] = "ppo" };
            json["reward"] = JsonNode.Parse("""[{ "use": "reward-model", "from": "jugde" }, { "use": "regex", "pattern": "a(" }]""");
        });

        ProgramResult told = Tenon(verb, recipe);

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().MatchRegex(@"refused\.json:\d+: model:from: is 'runs/nowhere', but there is no folder '.*/runs/nowhere'\.")
            .And.MatchRegex(@"refused\.json:\d+: reward:0:from: is 'jugde', but there is no folder '.*/jugde'\. Did you mean 'judge'\?")
            .And.MatchRegex(@"refused\.json:\d+: reward:1:pattern: is not a valid regular expression\. Invalid pattern 'a\(' at offset 2\.");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Fact]
    public void Data_and_requirements_are_told_at_once_with_what_else_is_known_of_the_data()
    {
        File.AppendAllText(_workspace.At("text.txt"), $"{new string('a', 20)} {new string('b', 20)} c d\n");
        string recipe = _workspace.Recipe("refused", 4, 0);
        Change(recipe, json =>
        {
            json["data"] = new JsonObject { ["use"] = "sentence-starts", ["files"] = new JsonArray("text.txt"), ["words"] = 2 };
            json["strategy"] = new JsonObject { ["use"] = "finetune" };
            json["samples"]!["prompts"] = new JsonArray(new string('x', 40));
        });

        ProgramResult told = Tenon("run", recipe);

        told.ExitCode.Should().Be(2, told.All);
        told.Errors.Should().Contain("refused.json: samples:prompts:0: has 40 tokens, but the context length is 32.")
            .And.MatchRegex(@"refused\.json: data: training example \d+: A prompt has 41 tokens, but must have 1 … 31 to leave room for a response");
        told.Output.Should().Contain("validation examples are also in the training data");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Fact]
    public async Task Two_runs_that_begin_together_have_folders_of_their_own()
    {
        string recipe = _workspace.Recipe("twin", 2, 0);

        // As processes: inside this one, they would share the working directory.
        ProgramResult[] runs = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(_ => Task.Run(() => TenonProgram.Run(_workspace.Folder, "run", recipe))));

        runs.Should().OnlyContain(run => run.ExitCode == 0);
        foreach (string folder in new[] { "twin", "twin-2" })
            File.Exists(_workspace.At("runs", folder, "model.safetensors")).Should().BeTrue(folder);
        Directory.GetDirectories(_workspace.At("runs")).Should().HaveCount(2);
        runs.Select(run => run.Output.Contains("twin-2", StringComparison.Ordinal)).Should().BeEquivalentTo([true, false]);
    }

    [Theory]
    [InlineData("rlhf")]
    [InlineData("mae-fashion")]
    public void A_pipeline_is_right_before_its_stages_have_made_their_folders(string pipeline)
    {
        ProgramResult told = Tenon("validate", pipeline);

        told.ExitCode.Should().Be(0, told.All);
    }

    [Fact]
    public void Accumulation_with_batch_statistics_is_valid_and_warned_about()
    {
        ProgramResult warned = Tenon("validate", "resnet-fashion", "--training:accumulate", "4");

        warned.ExitCode.Should().Be(0, warned.All);
        warned.Output.Should().Contain("resnet-fashion: valid.").And.Contain(
            "warning: command line: training:accumulate: is 4, but models of the architecture 'resnet' normalize each batch");
        Tenon("validate", "resnet-fashion", "--training:accumulate", "4", "--model:frozenNorms", "true").Output.Should()
            .NotContain("warning");
        Tenon("validate", "swin-fashion", "--training:accumulate", "4").Output.Should().NotContain("warning");
    }

    [Theory]
    [InlineData("gpt-sdk-docs", "model:preset", "gpt", "gpt2")]
    [InlineData("gpt-sdk-docs", "model:activation", "gelo", "gelu")]
    [InlineData("bert-sdk-docs", "model:activation", "rellu", "relu")]
    [InlineData("bert-namespaces", "model:head", "token-clasification", "token-classification")]
    [InlineData("vit-digits", "model:activation", "sillu", "silu")]
    [InlineData("vit-digits", "model:preset", "vit-bse", "vit-base")]
    [InlineData("diffusion-digits", "model:actFn", "silo", "silu")]
    [InlineData("diffusion-digits", "model:preset", "smal", "small")]
    public void A_value_that_is_none_of_a_few(string recipe, string key, string value, string nearest)
    {
        ProgramResult told = Tenon("validate", recipe, $"--{key}", value);

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().StartWith($"command line: {key}: is '{value}'; allowed: ").And.Contain($"Did you mean '{nearest}'?");
    }

    [Fact]
    public void Settings_of_a_device()
    {
        Tenon("run", _workspace.Recipe("base", 2, 0)).ExitCode.Should().Be(0);

        ProgramResult told = Tenon("generate", "runs/base", "--device:threds", "1", "--device:precision=bf61", "--model:layers", "2");

        told.ExitCode.Should().Be(2, told.All);
        told.Errors.Should().Contain("command line: device:threds: is not a key of the device 'cpu'. Did you mean 'threads'?")
            .And.Contain("command line: device:precision: is 'bf61'; allowed: ")
            .And.Contain("command line: model:layers: is not a valid setting here.");
        Tenon("generate", "runs/base", "--device:threads", "one").Errors.Should()
            .StartWith("command line: device:threads: is 'one'; it must be an integer.");
    }

    [Fact]
    public void Settings_of_a_plugin_that_is_tried()
    {
        string plugin = Path.Combine(AppContext.BaseDirectory, "plugins", "tenon.vit");

        ProgramResult told = Tenon("plugins", "test", plugin, "--model:hiddenSize", "abc", "--model:layrs=8", "--reward:word", "yes");

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().Contain("command line: model:hiddenSize: is 'abc'; it must be an integer.")
            .And.Contain("command line: model:layrs: is not a key of the architecture 'vit'. Did you mean 'layers'?")
            .And.Contain("command line: reward:word: is not a valid setting here.").And.NotContain("System.");
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("online-dpo")]
    [InlineData("ppo")]
    [InlineData("grpo")]
    [InlineData("lora")]
    [InlineData("ptuning")]
    public void An_adapter_needs_a_model_below_it(string strategy)
    {
        string recipe = _workspace.Recipe("alone", 4, 0);
        Change(recipe, json => json["strategy"] = strategy is "lora" or "ptuning"
            ? new JsonObject { ["use"] = strategy } : new JsonObject { ["use"] = strategy, ["adapter"] = new JsonObject { ["rank"] = 2 } });

        ProgramResult told = Tenon("validate", recipe);

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().Contain($"model:from: is missing: the strategy '{strategy}' trains an adapter");
    }

    [Fact]
    public void What_the_data_and_the_model_tell()
    {
        Tenon("run", _workspace.Recipe("base", 2, 0)).ExitCode.Should().Be(0);
        File.WriteAllLines(_workspace.At("labelled.tsv"),
            ["text\tlabel", .. Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? "cat\tx" : "dog\ty")]);
        string recipe = _workspace.Recipe("primed", 2, 0);
        Change(recipe, json =>
        {
            json["data"] = new JsonObject { ["use"] = "labelled-text", ["files"] = new JsonArray("labelled.tsv") };
            json["model"] = new JsonObject { ["use"] = "gpt", ["from"] = "runs/base" };
            json["strategy"] = JsonNode.Parse("""{ "use": "priming", "shots": [0, 100], "verbalizers": { "x": "yes" } }""");
            json["validation"] = new JsonObject { ["share"] = 0.2 };
        });

        ProgramResult run = Tenon("run", recipe);

        run.ExitCode.Should().Be(2, run.All);
        run.Errors.Should().Contain("primed.json: strategy:shots: has 100, but there are 16 examples to draw from; allowed: 0 … 16.")
            .And.Contain("primed.json: strategy:verbalizers: has no word for the label 'y'. It has words for: x. " +
                "The data's labels are: x, y.");
        Directory.Exists(_workspace.At("runs", "primed")).Should().BeFalse();
        ProgramResult negative = Tenon("validate", recipe, "--strategy:shots:0", "-1");
        negative.ExitCode.Should().Be(2, negative.All);
        negative.All.Should().Contain("command line: strategy:shots:0: is -1; allowed: 0 … 2147483647.");
    }

    [Theory]
    [InlineData("lora", "", "{ \"use\": \"lora\", \"targetModules\": [\"nowhere\"], \"modulesToSave\": [\"nothing\"] }")]
    [InlineData("online-dpo", "adapter:",
        "{ \"use\": \"online-dpo\", \"adapter\": { \"targetModules\": [\"nowhere\"], \"modulesToSave\": [\"nothing\"] } }")]
    public void Patterns_that_mean_nothing(string name, string path, string strategy)
    {
        Tenon("run", _workspace.Recipe("base", 2, 0)).ExitCode.Should().Be(0);
        string recipe = _workspace.Recipe(name, 2, 0);
        Change(recipe, json =>
        {
            json["model"] = new JsonObject { ["use"] = "gpt", ["from"] = "runs/base" };
            json["strategy"] = JsonNode.Parse(strategy);
            if (name == "online-dpo")
                json["reward"] = new JsonObject { ["use"] = "length" };
        });

        ProgramResult run = Tenon("run", recipe);

        run.ExitCode.Should().Be(2, run.All);
        run.Errors.Should().Contain($"strategy:{path}targetModules: has 'nowhere', which does not match anything in this model.")
            .And.Contain($"strategy:{path}modulesToSave: has 'nothing', which does not match anything in this model.");
        Directory.Exists(_workspace.At("runs", name)).Should().BeFalse();
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_workspace.Folder, arguments);

    private static void Change(string recipe, Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(recipe))!.AsObject();
        change(json);
        File.WriteAllText(recipe, json.ToString());
    }
}
