using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>What can be known before a run is told before its folder is made, everything at once.</summary>
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
        told.All.Should().Contain("model:from: is missing: the strategy 'ppo' trains an adapter (strategy:adapter) over a frozen model")
            .And.Contain("training:accumulate: is 3, but a batch of 4 rows (training:batchSize) has 2 minibatches of 2 (strategy:minibatchSize); allowed is 1 … 2.")
            .And.MatchRegex(@"refused\.json:\d+: model:from");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("online-dpo")]
    [InlineData("ppo")]
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
        File.WriteAllLines(_workspace.At("labelled.tsv"), ["text\tlabel", .. Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? "cat\tx" : "dog\ty")]);
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
        run.Errors.Should().Contain("primed.json: strategy:shots: has 100, but there are 16 examples to draw from; allowed is 0 … 16.")
            .And.Contain("primed.json: strategy:verbalizers: has no word for the label 'y'. It has words for: x. The data's labels are: x, y.");
        Directory.Exists(_workspace.At("runs", "primed")).Should().BeFalse();
        ProgramResult negative = Tenon("validate", recipe, "--strategy:shots:0", "-1");
        negative.ExitCode.Should().Be(2, negative.All);
        negative.All.Should().Contain("command line: strategy:shots:0: is -1; allowed is 0 … 2147483647.");
    }

    [Theory]
    [InlineData("lora", "", "{ \"use\": \"lora\", \"targetModules\": [\"nowhere\"], \"modulesToSave\": [\"nothing\"] }")]
    [InlineData("online-dpo", "adapter:", "{ \"use\": \"online-dpo\", \"adapter\": { \"targetModules\": [\"nowhere\"], \"modulesToSave\": [\"nothing\"] } }")]
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
        run.Errors.Should().Contain($"strategy:{path}targetModules: has 'nowhere', which nothing in this model is called.")
            .And.Contain($"strategy:{path}modulesToSave: has 'nothing', which nothing in this model is called.");
        Directory.Exists(_workspace.At("runs", name)).Should().BeFalse();
    }

    private ProgramResult Tenon(params string[] arguments) => TenonProgram.Run(_workspace.Folder, arguments);

    private static void Change(string recipe, Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(recipe))!.AsObject();
        change(json);
        File.WriteAllText(recipe, json.ToString());
    }
}
