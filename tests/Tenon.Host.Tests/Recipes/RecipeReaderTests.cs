using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

public sealed class RecipeReaderTests : IDisposable
{
    private static readonly PluginCatalogue Catalogue = Zoo.Good();
    private readonly Zoo _zoo = new();

    public void Dispose() => _zoo.Dispose();

    private const string Fine = """
        {
          // A recipe that fits.
          "device": { "use": "here" },
          "data": { "use": "labelled" },
          "model": { "use": "linear", "size": 3 },
          "strategy": { "use": "descend", "author": "us" },
          "training": { "steps": 7, "schedule": "linear", },
        }
        """;

    [Fact]
    public void Reads_a_recipe()
    {
        RecipeReading reading = Read(Fine);

        reading.Findings.Should().BeEmpty();
        Recipe recipe = reading.Recipe!;
        recipe.Model.Use.Should().Be("linear");
        recipe.Training.Steps.Should().Be(7);
        recipe.Training.Schedule.Should().Be(LearningRateSchedule.Linear);
        recipe.Seed.Should().Be(1);
        recipe.BaseDirectory.Should().Be(_zoo.Folder);
    }

    [Theory]
    [InlineData("adamw", "momentum", "0.9", "beta1, beta2, epsilon; it belongs to sgd")]
    [InlineData("sgd", "beta1", "0.9", "momentum, nesterov; it belongs to adamw, lion, adamw8bit")]
    [InlineData("lion", "epsilon", "1e-8", "beta1, beta2; it belongs to adamw, adafactor, adamw8bit")]
    [InlineData("adafactor", "nesterov", "true", "epsilon, decayExponent, updateClip, scaleByParameter; it belongs to sgd")]
    public void Refuses_options_of_another_optimizer(string optimizer, string key, string value, string end)
    {
        Read(Fine, ["--training:optimizer", optimizer]).Findings.Should().BeEmpty();
        RecipeReading reading = Read(Fine, ["--training:optimizer", optimizer, $"--training:{key}", value]);
        reading.Findings.Should().ContainSingle().Which.ToString().Should()
            .StartWith($"command line: training:{key}: is not an option of the optimizer '{optimizer}', whose options are {end}.");
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        RecipeReading reading = Read(Fine, ["--training:steps", "9", "--strategy:rate=3e-4"], ("TENON_training__steps", "8"), ("TENON_seed", "5"), ("TENON_PLUGINS", "x"), ("OTHER", "y"));

        reading.Findings.Should().BeEmpty();
        reading.Recipe!.Training.Steps.Should().Be(9);
        reading.Recipe.Seed.Should().Be(5);
        reading.Recipe.Strategy.Options["rate"].Should().Be("3e-4");
    }

    [Fact]
    public void Null_takes_back_what_the_file_says()
    {
        string text = Fine.Replace("\"size\": 3", "\"size\": 3, \"label\": \"ab\", \"layers\": [1, 2], \"weights\": { \"a\": 1, \"b\": 2 }");
        RecipeReading reading = Read(text, ["--model:layers", "null", "--model:weights=null", "--model:weights:c", "3"], ("TENON_model__label", "null"));

        reading.Findings.Should().BeEmpty();
        IConfigurationSection options = reading.Recipe!.Model.Options;
        options["label"].Should().BeNull();
        options.GetSection("layers").GetChildren().Should().BeEmpty();
        options.GetSection("weights").GetChildren().Select(child => child.Key).Should().Equal("c");
        Read(text, ["--training:steps", "null"]).Findings.Select(f => f.ToString()).Should().Equal("command line: training:steps: is null; it must be an integer.");
    }

    [Fact]
    public void A_list_may_be_empty()
    {
        Recipe recipe = Read(Fine.Replace("\"training\"", "\"samples\": { \"prompts\": [], \"topK\": 3 }, \"training\"")).Recipe!;

        recipe.Samples.Prompts.Should().BeEmpty();
        recipe.Samples.TopK.Should().Be(3);
    }

    [Fact]
    public void Reports_everything_at_once_with_its_line() => Messages("""
        {
          "nam": "x",
          "device": { "use": "her" },
          "data": { "use": "labelled", "folder": "x" },
          "model": { "use": "linear", "siz": 3, "size": 65, "bias": "yes",
            "start": "zeroes", "level": "hihg", "label": "ABC", "layers": [], "large": 1.5,
            "noise": { "deviation": 1, "sed": 1 }, "words": "one" },
          "strategy": { "use": "descend", "rate": 0 },
          "training": { "Steps": 0, "schedule": "cosin", "batchSize": null }
        }
        """).Should().Equal(
        "2: nam: is not a key of a recipe. Did you mean 'name'? Valid keys are $schema, baseDirectory, checkpoints, data, device, model, name, output, reward, sampler, samples, seed, strategy, tokenizer, training, validation.",
        "3: device:use: is 'her', but no plugin provides this device. Did you mean 'here'? Available: fragile, here.",
        "4: data:folder: is not a key of the data 'labelled'. Valid keys are longPrompts, onError, use.",
        "5: model:bias: is \"yes\"; it must be true or false.",
        "5: model:siz: is not a key of the architecture 'linear'. Did you mean 'size'? Valid keys are bias, from, label, large, layers, level, noise, processors, share, size, start, use, weights, words.",
        "5: model:size: is 65; allowed: 1 … 64.",
        "6: model:label: is 'ABC', which does not match [a-z]+. A label.",
        "6: model:large: is '1.5'; it must be an integer.",
        "6: model:layers: has 0 items; allowed: length at least 1.",
        "6: model:level: is 'hihg'; allowed: low, high. Did you mean 'high'?",
        "6: model:start: is 'zeroes'; allowed: zeros, random. Did you mean 'zeros'?",
        "7: model:noise:deviation: is 1; allowed: 0 … below 1.",
        "7: model:noise:sed: is not a key of 'model:noise'. Did you mean 'seed'? Valid keys are deviation, seed.",
        "7: model:words: is \"one\"; it must be a list in [ ].",
        "8: strategy:rate: is 0; allowed: above 0 … 1.",
        "8: strategy:author: is required. Whom to thank.",
        "9: training:batchSize: is null; it must be an integer.",
        "9: training:schedule: is 'cosin'; allowed: cosine, linear, constant. Did you mean 'cosine'?",
        "9: training:steps: is 0; allowed: 1 … 1000000000.");

    [Fact]
    public void Keys_that_moved_name_their_new_place() => Messages(Fine.Replace("\"training\"", "\"samples\": { \"denoisingSteps\": 20 },\n  \"training\"")).Should().Equal(
        "7: samples:denoisingSteps: is now 'sampler:steps'. Move its value there.");

    [Theory]
    [InlineData("{\n  \"name\": \"a \\ud83d\"\n}", "2: name: \"a \\ud83d\" is not valid text: it contains a lone surrogate*")]
    [InlineData("{\n  \"model\": {\n    \"\\ud83d\": 1 }\n}", "3: model: \"\\ud83d\" is not valid text: it contains a lone surrogate*")]
    public void Says_where_a_text_is_none(string recipe, string message) => Messages(recipe).Should().ContainMatch(message);

    [Fact]
    public void Says_where_the_JSON_is_broken() => Messages("{\n  \"name\": \"x\"\n  \"seed\": 1\n}").Should().ContainSingle()
        .Which.Should().StartWith("3: The JSON is malformed at column 3: '\"' is invalid after a value.");

    [Fact]
    public void Finds_keys_that_occur_twice() => Messages(Fine.Replace("\"size\": 3", "\"size\": 3,\n \"Size\": 4")).Should().Equal(
        "6: model:Size: is a duplicate; the first one is in line 5. Keys are case-insensitive. Keep one.");

    [Fact]
    public void Names_missing_sections() => Messages("{}").Should().Equal(
        "1: model: The section is missing. Add \"model\": { \"use\": \"…\" }; available: echo, linear.",
        "1: strategy: The section is missing. Add \"strategy\": { \"use\": \"…\" }; available: descend, please, prompt.",
        "1: device: The section is missing. Add \"device\": { \"use\": \"…\" }; available: fragile, here.",
        "1: data: The section is missing. Add \"data\": { \"use\": \"…\" }; available: images, labelled, texts.");

    [Fact]
    public void Names_the_variable_or_the_command_line_instead_of_a_line()
    {
        RecipeReading reading = Read(Fine, ["--training:stepz=1", "--training:accumulate=0", "loose"], ("TENON_model__size", "many"));

        reading.Findings.Select(f => f.ToString()).Should().BeEquivalentTo(
            "command line: 'loose' is not a setting. Write --section:key=value, for example --training:steps=100.",
            "environment variable TENON_model__size: model:size: is 'many'; it must be an integer.");
        Read(Fine, ["--training:stepz=1", "--training:accumulate=0"]).Findings.Select(f => f.ToString()).Should().HaveCount(2)
            .And.Contain("command line: training:accumulate: is 0; allowed: 1 … 100000.")
            .And.Contain(f => f.StartsWith("command line: training:stepz: is not a key of 'training'. Did you mean 'steps'?"));
    }

    [Fact]
    public void Refuses_a_strategy_whose_capability_the_model_lacks() => Messages(Fine.Replace("\"descend\", \"author\": \"us\"", "\"prompt\"")).Should().Equal(
        "6: strategy:use: The strategy 'prompt' needs a model that is prompt tunable, but models of the architecture 'linear' are not. Suitable architectures: none. Strategies that fit: descend, please.");

    [Fact]
    public void Refuses_data_that_the_model_cannot_learn_from() => Messages(Fine.Replace("labelled", "images")).Should().Equal(
        "4: data:use: The data 'images' yields image examples, but the architecture 'linear' with the strategy 'descend' learns from labelled text examples. Data that fits: labelled.");

    [Fact]
    public void Text_is_fine_for_a_model_of_tokens_with_a_tokenizer()
    {
        string texts = Fine.Replace("labelled", "texts").Replace("\"linear\", \"size\": 3", "\"echo\"");

        Messages(texts).Should().Equal(
            "1: tokenizer: is missing: models of the architecture 'echo' learn from tokens. Add \"tokenizer\": { \"use\": \"…\" }; available: letters.");
        Messages(texts.Replace("\"training\"", "\"tokenizer\": { \"use\": \"letters\" }, \"training\"")).Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{ "use": "kind", "word": "yes", "weight": -2 }""")]
    [InlineData("""[ { "use": "kind", "word": "yes", "weight": -2 } ]""")]
    public void A_reward_is_an_object_or_a_list_of_them(string reward)
    {
        Recipe recipe = Read(Pleasing(reward)).Recipe!;

        recipe.Rewards.Should().ContainSingle().Which.Options["weight"].Should().Be("-2");
        JsonObject resolved = RecipeWriter.Resolve(recipe, Catalogue);
        resolved["reward"]!.ToJsonString().Should().Be("""[{"use":"kind","word":"yes","weight":-2}]""");
        JsonNode.DeepEquals(RecipeWriter.Resolve(RecipeReader.Read(resolved, _zoo.Folder, Catalogue).Recipe!, Catalogue), resolved).Should().BeTrue();
        Read(Fine).Recipe!.Rewards.Should().BeEmpty();
    }

    [Fact]
    public void Says_what_is_wrong_with_rewards()
    {
        Messages(Pleasing("null")).Should().Equal(
            "7: reward: is missing: the strategy 'please' needs a reward. Add \"reward\": { \"use\": \"…\" }; available: bright, kind.");
        Messages(Pleasing("""[{ "use": "kid" }, { "use": "kind", "weight": "much", "words": 1 }]""")).Should().Equal(
            "7: reward:0:use: is 'kid', but no plugin provides this reward. Did you mean 'kind'? Available: bright, kind.",
            "7: reward:1:words: is not a key of the reward 'kind'. Did you mean 'word'? Valid keys are use, weight, word.",
            "7: reward:1:weight: is \"much\"; it must be a number.");
        Messages(Fine.Replace("\"training\"", "\"reward\": { \"use\": \"kind\" }, \"training\"")).Should().Equal(
            "7: reward: has no effect: neither the strategy 'descend' nor the data 'labelled' uses a reward. Remove the section. Strategies that use one: please.");
        Messages(Pleasing("""{ "use": "bright" }""").Replace("\"linear\", \"size\": 3", "\"echo\"").Replace("\"reward\"", "\"tokenizer\": { \"use\": \"letters\" }, \"reward\"")).Should().Equal(
            "7: reward:use: The reward 'bright' scores image outcomes, but the outcomes of the architecture 'echo' are text outcomes. Rewards that fit: kind.");
    }

    [Theory]
    [InlineData("", "1", null)]
    [InlineData("", "8", null)]
    [InlineData("", "9", "is 9, but a batch of 8 rows (training:batchSize) has 8 minibatches of 1 (strategy:rows); allowed: 1 … 8. Lower accumulate, or raise training:batchSize.")]
    [InlineData("", "5", "is 5, but a batch of 8 rows (training:batchSize) has 4 minibatches of 2 (strategy:rows); allowed: 1 … 4. Lower accumulate, or raise training:batchSize.")]
    [InlineData(", \"rows\": 3", "3", null)]
    [InlineData(", \"rows\": 3", "4", "is 4, but a batch of 8 rows (training:batchSize) has 3 minibatches of 3 (strategy:rows); allowed: 1 … 3. Lower accumulate or strategy:rows, or raise training:batchSize.")]
    [InlineData(", \"rows\": 100", "2", "is 2, but a batch of 8 rows (training:batchSize) has 1 minibatch of 8 (strategy:rows); allowed: 1 … 1. Lower accumulate or strategy:rows, or raise training:batchSize.")]
    public void Says_that_an_update_has_more_minibatches_than_a_batch(string rows, string accumulate, string? sentence)
    {
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", $"\"please\"{rows}").Replace("\"steps\": 7", $"\"batchSize\": 8, \"accumulate\": {accumulate}");

        Messages(recipe).Should().Equal(sentence is null ? [] : [$"7: training:accumulate: {sentence}"]);
        if (sentence is not null)
            Read(recipe).Findings.Single().Found.Should().Be(accumulate);
    }

    [Fact]
    public void Says_that_an_adapter_has_no_model_below_it_and_what_is_wrong_with_items_all_at_once()
    {
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", """
            "please",
            "adapter": { "deviation": 0.25 },
            "numbers": [0, -1, 9]
            """);

        Messages(recipe).Should().Equal(
            "5: model:from: is missing: the strategy 'please' trains an adapter (strategy:adapter) on a frozen model. Without model:from, the model's parameters would be random and would not be saved. Set model:from to the folder of a trained model, or remove strategy:adapter.",
            "8: strategy:numbers:1: is -1; allowed: 0 … 8.",
            "8: strategy:numbers:2: is 9; allowed: 0 … 8.");
        Messages(recipe.Replace("\"adapter\": { \"deviation\": 0.25 }", "\"adapter\": null").Replace("-1, 9", "8")).Should().BeEmpty();
        Messages(recipe.Replace("\"size\": 3", "\"size\": 3, \"from\": \"elsewhere\"").Replace("-1, 9", "8")).Should().BeEmpty();
    }

    [Fact]
    public void Says_which_text_is_no_regular_expression()
    {
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", "\"please\", \"patterns\": [\"a+\", \"(\"]");

        RecipeReading reading = Read(recipe);

        reading.Findings.Should().ContainSingle().Which.Should().Match<RecipeFinding>(finding => finding.Found == "(" && finding.Line == 6);
        Messages(recipe).Should().Equal("6: strategy:patterns:1: is not a valid regular expression. Invalid pattern '(' at offset 1. Not enough )'s.");
    }

    [Fact]
    public void Says_which_folder_is_missing_where_it_has_to_be_there()
    {
        Directory.CreateDirectory(Path.Combine(_zoo.Folder, "runs", "base"));
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", "\"please\", \"samples\": \"elsewhere\"")
            .Replace("\"size\": 3", "\"size\": 3, \"from\": \"runs/bsae/\"");
        string there = recipe.Replace("elsewhere", "runs").Replace("bsae", "base");

        Findings(recipe).Should().Equal(
            $"5: model:from: is 'runs/bsae/', but there is no folder '{_zoo.Folder}/runs/bsae/'. Did you mean 'runs/base'?",
            $"6: strategy:samples: is 'elsewhere', but there is no folder '{_zoo.Folder}/elsewhere'.");
        Findings(there).Should().BeEmpty();
        Read(recipe).Findings.Should().BeEmpty("a recipe can be read where the folders that it names are not");
        Findings(there, "--model:from", "runs/base").Should().ContainSingle("what a user types starts where the user is")
            .Which.Should().Be($"command line: model:from: is 'runs/base', but there is no folder '{Path.GetFullPath("runs/base")}'.");

        IEnumerable<string> Findings(string json, params string[] overrides) => Told(RecipeReader.Read(Write(json), Catalogue, overrides, [], requireFolders: true));
    }

    [Fact]
    public void A_number_in_the_place_of_a_name_is_told() => Read(Fine, ["--training:optimizer", "7"]).Findings.Should().ContainSingle()
        .Which.Message.Should().Be("is '7'; allowed: adamw, sgd, adafactor, lion, adamw8bit.");

    [Fact]
    public void A_list_in_the_place_of_a_component_is_told() => Messages(Fine.Replace("\"use\": \"linear\"", "\"use\": [\"linear\"]")).Should().Equal(
        "5: model:use: is not a string: it must name the architecture. Available: echo, linear.");

    [Fact]
    public void A_folder_to_start_from_is_a_text() => Messages(Fine.Replace("\"size\": 3", "\"size\": 3, \"from\": [\"a\"]")).Should().Equal(
        "5: model:from: is a list; it must be a string in quotes.");

    private static string Pleasing(string reward) =>
        Fine.Replace("\"descend\", \"author\": \"us\"", "\"please\"").Replace("\"training\"", $"\"reward\": {reward}, \"training\"");

    [Fact]
    public void A_version_may_be_asked_for()
    {
        PluginCatalogue both = _zoo.Read(("zoo.good", "1.*"));
        string path = Write(Fine.Replace("\"linear\", \"size\": 3", "\"linear@1.0\", \"depth\": 2"));

        RecipeReader.Read(path, both, [], []).Findings.Single().Message.Should().StartWith("is not a key of the architecture 'linear'.");
        RecipeReader.Read(path, both, ["--model:use=linear@1.1"], []).Recipe!.Model.Version.Should().Be("1.1");
        RecipeReader.Read(path, both, ["--model:use=linear@3.*"], []).Findings.Select(f => f.Message).Should().ContainSingle(
            m => m == "is 'linear@3.*', but 'linear' is available only in 1.0.0, 1.1.0. Use one of these, or install another and widen its range in plugins.json.");
    }

    [Fact]
    public void A_resolved_recipe_reads_back_the_same()
    {
        JsonObject resolved = RecipeWriter.Resolve(Read(Fine, ["--model:noise:deviation=0.25"]).Recipe!, Catalogue);

        resolved["model"]!.ToJsonString().Should().Be(
            """{"use":"linear","size":3,"bias":true,"start":"random","share":0.1,"large":5000000000,"level":"low","label":null,"layers":null,"weights":null,"noise":{"deviation":0.25,"seed":null}}""");
        resolved["training"]!["schedule"]!.GetValue<string>().Should().Be("linear");
        RecipeReading again = RecipeReader.Read(resolved, _zoo.Folder, Catalogue);
        again.Findings.Should().BeEmpty();
        JsonNode.DeepEquals(RecipeWriter.Resolve(again.Recipe!, Catalogue), resolved).Should().BeTrue();
    }

    [Fact]
    public void The_schema_describes_sections_and_components()
    {
        JsonObject schema = RecipeSchema.Write(Catalogue);

        schema["$schema"]!.GetValue<string>().Should().Be("https://json-schema.org/draft/2020-12/schema");
        schema["then"]!["required"]!.ToJsonString().Should().Be("""["model","strategy","device","data"]""");
        schema["then"]!["properties"]!["model"]!["required"]!.ToJsonString().Should().Be("""["use"]""");
        JsonNode steps = schema["properties"]!["training"]!["properties"]!["steps"]!;
        steps.ToJsonString().Should().Be("""{"type":"integer","description":"Number of parameter updates.","default":1000,"minimum":1,"maximum":1000000000}""");
        JsonNode linear = schema["properties"]!["model"]!["allOf"]![1]!;
        linear["if"]!["properties"]!["use"]!["pattern"]!.GetValue<string>().Should().Be("^linear(@.*)?$");
        linear["then"]!["properties"]!["size"]!["maximum"]!.GetValue<double>().Should().Be(64);
        JsonNode stage = schema["properties"]!["stages"]!["items"]!;
        stage["required"]!.ToJsonString().Should().Be("""["name"]""");
        stage["properties"]!["model"]!.ToJsonString().Should().Be("""{"$ref":"#/properties/model"}""");
        stage["properties"]!.AsObject().Select(p => p.Key).Should().Contain(["name", "recipe", "reward", "seed"]).And.NotContain("output");
    }

    private IEnumerable<string> Messages(string json) => Told(Read(json));

    private IEnumerable<string> Told(RecipeReading reading) => reading.Findings
        .Select(f => f.ToString().Replace($"{Path.Combine(_zoo.Folder, "recipe.json")}:", "", StringComparison.Ordinal));

    private RecipeReading Read(string json, string[]? overrides = null, params (string Name, string Value)[] environment) =>
        RecipeReader.Read(Write(json), Catalogue, overrides, environment.Select(e => KeyValuePair.Create(e.Name, (string?)e.Value)));

    private string Write(string json)
    {
        string path = Path.Combine(_zoo.Folder, "recipe.json");
        File.WriteAllText(path, json);
        return path;
    }
}
