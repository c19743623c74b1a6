using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Tests.Recipes.Pipelines;

public sealed class PipelineReaderTests : IDisposable
{
    private static readonly PluginCatalogue Catalogue = Zoo.Good();
    private readonly Zoo _zoo = new();

    public PipelineReaderTests() => Write("linear.json", """
        {
          "name": "linear", "output": "elsewhere",
          "device": { "use": "here" },
          "data": { "use": "labelled" },
          "model": { "use": "linear", "size": 3, "words": ["a", "b", "c"] },
          "strategy": { "use": "descend", "author": "us", "rate": 0.5 },
          "training": { "steps": 7, "batchSize": 2 }
        }
        """);

    private const string Fine = """
        {
          "name": "twice",
          "training": { "batchSize": 4 },
          "stages": [
            { "name": "first", "recipe": "linear" },
            {
              "name": "second",
              "recipe": "linear.json",
              "model": { "from": "stage:first", "words": ["d"] },
              "strategy": { "use": "descend", "author": "stage:first" },
              "training": { "steps": 9 }
            }
          ]
        }
        """;

    public void Dispose() => _zoo.Dispose();

    [Fact]
    public void A_stage_is_its_recipe_under_the_pipeline_under_itself()
    {
        Pipeline pipeline = Whole(Fine);

        (pipeline.Name, pipeline.Output).Should().Be(("twice", "runs"));
        pipeline.Stages.Select(stage => stage.Name).Should().Equal("first", "second");
        Recipe first = pipeline.Stages[0].In("/made"), second = pipeline.Stages[1].In("/made");
        (first.Name, first.Output, first.Training.Steps, first.Training.BatchSize).Should().Be(("first", "/made", 7, 4));
        (second.Training.Steps, second.Training.BatchSize).Should().Be((9, 4));
        second.BaseDirectory.Should().Be(_zoo.Folder);
    }

    [Fact]
    public void A_list_and_a_section_that_names_its_component_take_the_place_of_the_recipes()
    {
        Recipe second = Whole(Fine).Stages[1].In("/made");

        second.Model.Options.GetSection("words").GetChildren().Select(word => word.Value).Should().Equal("d");
        second.Model.Options["size"].Should().Be("3");
        second.Strategy.Options["rate"].Should().BeNull();
    }

    [Fact]
    public void An_earlier_stage_stands_for_its_folder()
    {
        PipelineStage stage = Whole(Fine).Stages[1];

        stage.References.Should().Equal(new StageReference("model:from", "first"), new StageReference("strategy:author", "first"));
        Recipe recipe = stage.In("/made");
        recipe.From.Should().Be("/made/first");
        recipe.Strategy.Options["author"].Should().Be("/made/first");
    }

    [Fact]
    public void Settings_hold_for_every_stage_or_for_the_one_they_name()
    {
        Pipeline pipeline = Read(
            Fine, ["--training:steps", "20", "--stages:second:training:steps", "30", "--output=out", "--name", "other"],
            ("TENON_stages__first__training__batchSize", "8"), ("TENON_training__batchSize", "6"), ("TENON_seed", "5")).Pipeline!;

        (pipeline.Name, pipeline.Output).Should().Be(("other", "out"));
        Recipe first = pipeline.Stages[0].In("/made"), second = pipeline.Stages[1].In("/made");
        (first.Training.Steps, first.Training.BatchSize, first.Seed).Should().Be((20, 8, 5));
        (second.Training.Steps, second.Training.BatchSize, second.Seed).Should().Be((30, 6, 5));
    }

    [Fact]
    public void Everything_wrong_is_told_at_once_with_stage_file_and_line() => Messages("""
        {
          "nam": "x",
          "training": { "stepz": 1 },
          "stages": [
            { "name": "first", "recipe": "linear", "model": { "siz": 3 }, "output": "there" },
            { "name": "First", "recipe": "linaer" },
            { "name": "a b", "device": { "use": "here" } },
            { "name": "last", "recipe": "linear", "model": { "from": "stage:frist" }, "strategy": { "author": "stage:last" } },
            { "recipe": "linear", "model": { "from": "stage:last" } },
            7
          ]
        }
        """).Should().Equal(
        "twice.json:2: nam: is not a key of a pipeline. Did you mean 'name'? Valid keys are $schema, baseDirectory, checkpoints, data, " +
        "device, model, name, output, parallel, reward, sampler, samples, seed, stages, strategy, tokenizer, training, validation.",
        "twice.json:3: training:stepz: is not a key of 'training'. Did you mean 'steps'? Valid keys are " + TrainingKeys + ".",
        "twice.json:5: stages:first:output: is not a key of a stage: its folder is inside the pipeline's. Set output for the pipeline.",
        "twice.json:5: stages:first:model:siz: is not a key of the architecture 'linear'. Did you mean 'size'? Valid keys are bias, " +
        "from, label, large, layers, level, noise, processors, share, size, start, use, weights, words.",
        "twice.json:6: stages:1:name: is 'First', which is also the name of the stage in line 5. Names are case-insensitive. Use a " +
        "different name.",
        "twice.json:6: stages:1:recipe: is 'linaer', which is neither a recipe next to the pipeline's file nor a shipped one. Did you " +
        "mean 'linear'? Available: " + Recipes + ".",
        "twice.json:7: stages:2:name: is 'a b', which cannot be used as the name of a folder and a setting: it must match " +
        "[A-Za-z0-9][A-Za-z0-9._-]*.",
        "twice.json:7: stages:2:model: The section is missing. Add \"model\": { \"use\": \"…\" }; available: echo, linear.",
        "twice.json:7: stages:2:strategy: The section is missing. Add \"strategy\": { \"use\": \"…\" }; available: descend, please, " +
        "prompt.",
        "twice.json:7: stages:2:data: The section is missing. Add \"data\": { \"use\": \"…\" }; available: images, labelled, texts.",
        "twice.json:8: stages:last:model:from: is 'stage:frist', which is not a stage. Did you mean 'first'? Stages before this one: " +
        "first, 1, 2.",
        "twice.json:8: stages:last:strategy:author: is 'stage:last', which is the stage itself and has no folder before it runs. Stages " +
        "before this one: first, 1, 2.",
        "twice.json:9: stages:4:name: is missing. Add the stage's name, a string in quotes, which is used for its folder and settings.",
        "twice.json:10: stages:5: is not a stage; a stage is an object in { } with a name.");

    [Fact]
    public void A_wrong_value_of_a_recipe_is_told_in_its_own_file()
    {
        Write("wrong.json", File.ReadAllText(At("linear.json")).Replace("\"steps\": 7", "\"steps\": 0"));

        Messages(Fine.Replace("\"recipe\": \"linear\"", "\"recipe\": \"wrong\"")).Should()
            .Equal("wrong.json:7: stages:first:training:steps: is 0; allowed: 1 … 1000000000.");
    }

    [Fact]
    public void A_folder_has_to_be_there_unless_a_stage_makes_it()
    {
        string made = Fine.Replace("\"name\": \"twice\"", $"\"name\": \"twice\", \"output\": \"{_zoo.Folder}/out\"")
            .Replace("{ \"name\": \"first\", \"recipe\": \"linear\" }",
                "{ \"name\": \"first\", \"recipe\": \"linear\", \"model\": { \"from\": \"out/twice/first\" } }");
        string missing = made.Replace("out/twice/first", "out/thrice/first");

        Findings(made).Should().BeEmpty();
        Findings(missing).Should().Equal($"{At("twice.json")}:5: stages:first:model:from: is 'out/thrice/first', but there is no folder " +
            $"'{At("out/thrice/first")}'.");
        Read(missing).Findings.Should().BeEmpty();

        IEnumerable<string> Findings(string json)
        {
            Write("twice.json", json);
            return PipelineReader.Read(At("twice.json"), Catalogue, [], [], requireFolders: true)
                .Findings.Select(finding => finding.ToString());
        }
    }

    [Fact]
    public void Stages_that_start_from_each_other_have_no_first()
    {
        Messages(Fine.Replace("\"recipe\": \"linear\"", "\"recipe\": \"linear\", \"model\": { \"from\": \"stage:second\" }")).Should()
            .Equal(
            "twice.json:5: stages:first:model:from: is 'stage:second', which comes later. This is the first stage.");
    }

    [Fact]
    public void Pipelines_are_not_nested()
    {
        Write("nested.json", Fine);

        Messages(Fine.Replace("\"recipe\": \"linear\"", "\"recipe\": \"nested\"")).Should().Equal(
            "twice.json:5: stages:first:recipe: is 'nested', which is itself a pipeline. A stage must be a single recipe; pipelines " +
            "cannot be nested.");
        RecipeReader.Read(At("nested.json"), Catalogue, [], []).Findings.Should().ContainSingle().Which.Message.Should()
            .StartWith("makes this a pipeline");
    }

    [Fact]
    public void A_recipe_alone_has_no_stages_to_start_from()
    {
        Write("alone.json", File.ReadAllText(At("linear.json")).Replace("\"us\"", "\"stage:first\""));

        RecipeReader.Read(At("alone.json"), Catalogue, [], []).Findings.Should().ContainSingle()
            .Which.Message.Should().Be("is 'stage:first', but this recipe is not a stage of a pipeline. Use a folder.");
    }

    [Fact]
    public void Settings_for_a_stage_that_is_not_there_are_told()
    {
        string[] messages = [.. Read(
            Fine, ["--stages:secnd:training:steps=1", "--first:training:steps=1", "--stages:first:training:steps=0",
                "--stages:first:name=x", "--stages:first=1"],
            ("TENON_stages__third__seed", "1")).Findings.Select(f => f.ToString())];

        messages.Should().BeEquivalentTo(
            "command line: stages:secnd:training:steps: there is no stage 'secnd'. Did you mean 'second'? Available: first, second.",
            "environment variable TENON_stages__third__seed: stages:third:seed: there is no stage 'third'. Available: first, second.",
            "command line: first: is a stage, not a section. Write its settings as stages:first:section:key, as in " +
            "--stages:first:training:steps 100.",
            "command line: stages:first:name: can only be set in the pipeline's file.",
            "command line: stages:first: is not a setting. Write stages:NAME:section:key, as in --stages:first:training:steps 100.",
            "command line: stages:first:training:steps: is 0; allowed: 1 … 1000000000.");
    }

    [Theory]
    [InlineData("""{ "stages": [] }""", "twice.json:1: stages: is empty. Add a stage: { \"name\": \"…\", \"recipe\": \"…\" }.")]
    [InlineData("""{ "stages": { "first": {} } }""",
        "twice.json:1: stages: must be a list of stages: [ { \"name\": \"…\", \"recipe\": \"…\" }, … ].")]
    [InlineData("""{ "stages": [ { "name": "a" "b" } ] }""",
        "twice.json:1: The JSON is malformed at column 29: '\"' is invalid after a value. Expected either ',', '}', or ']'.")]
    public void Says_what_is_wrong_with_the_list(string json, string message) => Messages(json).Should().Equal(message);

    [Fact]
    public void A_resolved_pipeline_reads_back_the_same_and_refers_to_stages_by_name()
    {
        JsonObject resolved = PipelineWriter.Resolve(Whole(Fine), "/made", Catalogue);

        resolved.ToJsonString().Should().NotContain("/made");
        resolved["stages"]![1]!["model"]!["from"]!.GetValue<string>().Should().Be("stage:first");
        resolved["stages"]![1]!["strategy"]!["author"]!.GetValue<string>().Should().Be("stage:first");
        JsonNode.DeepEquals(PipelineWriter.Resolve(Whole(resolved.ToJsonString()), "/moved", Catalogue), resolved).Should().BeTrue();
    }

    [Fact]
    public void Knows_the_files_that_it_is_read_from()
    {
        PipelineReader.IsPipeline(Write("twice.json", Fine)).Should().BeTrue();
        PipelineReader.IsPipeline(At("linear.json")).Should().BeFalse();
        PipelineReader.Files(At("twice.json")).Should().Equal(At("twice.json"), At("linear.json"));
        PipelineReader.Files(At("linear.json")).Should().Equal(At("linear.json"));
    }

    private static string TrainingKeys =>
        string.Join(", ", RecipeLayout.Schema.Find("training")!.Type.Section!.Options.Select(o => o.Key).Order(StringComparer.Ordinal));

    private static string Recipes => string.Join(", ", ShippedRecipes.Names.Concat(["linear", "twice"]).Order(StringComparer.Ordinal));

    private IEnumerable<string> Messages(string json) =>
        Read(json).Findings.Select(f => f.ToString().Replace(_zoo.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));

    private Pipeline Whole(string json)
    {
        PipelineReading reading = Read(json);
        reading.Findings.Should().BeEmpty();
        return reading.Pipeline!;
    }

    private PipelineReading Read(string json, string[]? overrides = null, params (string Name, string Value)[] environment) =>
        PipelineReader.Read(Write("twice.json", json), Catalogue, overrides,
            environment.Select(e => KeyValuePair.Create(e.Name, (string?)e.Value)));

    private string At(string name) => Path.Combine(_zoo.Folder, name);

    private string Write(string name, string json)
    {
        File.WriteAllText(At(name), json);
        return At(name);
    }
}
