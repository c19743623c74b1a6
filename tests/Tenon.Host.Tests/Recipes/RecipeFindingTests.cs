using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

/// <summary>Errors in the keys and values of a recipe.</summary>
public sealed class RecipeFindingTests : RecipeReaderTest
{
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
        "2: nam: is not a key of a recipe. Did you mean 'name'? Valid keys are $schema, baseDirectory, checkpoints, data, device, " +
        "model, name, output, parallel, reward, sampler, samples, seed, strategy, tokenizer, training, validation.",
        "3: device:use: is 'her', but no plugin provides this device. Did you mean 'here'? Available: fragile, here.",
        "4: data:folder: is not a key of the data 'labelled'. Valid keys are longPrompts, onError, use.",
        "5: model:bias: is \"yes\"; it must be true or false.",
        "5: model:siz: is not a key of the architecture 'linear'. Did you mean 'size'? Valid keys are bias, from, label, large, layers, " +
        "level, noise, processors, share, size, start, use, weights, words.",
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
    public void Keys_that_moved_name_their_new_place() =>
        Messages(Fine.Replace("\"training\"", "\"samples\": { \"denoisingSteps\": 20 },\n  \"training\"")).Should().Equal(
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
    public void Says_which_text_is_no_regular_expression()
    {
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", "\"please\", \"patterns\": [\"a+\", \"(\"]");

        RecipeReading reading = Read(recipe);

        reading.Findings.Should().ContainSingle().Which.Should().Match<RecipeFinding>(finding => finding.Found == "(" && finding.Line == 6);
        Messages(recipe).Should()
            .Equal("6: strategy:patterns:1: is not a valid regular expression. Invalid pattern '(' at offset 1. Not enough )'s.");
    }

    [Fact]
    public void Says_which_folder_is_missing_where_it_has_to_be_there()
    {
        Directory.CreateDirectory(Path.Combine(Zoo.Folder, "runs", "base"));
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", "\"please\", \"samples\": \"elsewhere\"")
            .Replace("\"size\": 3", "\"size\": 3, \"from\": \"runs/bsae/\"");
        string there = recipe.Replace("elsewhere", "runs").Replace("bsae", "base");

        Findings(recipe).Should().Equal(
            $"5: model:from: is 'runs/bsae/', but there is no folder '{Zoo.Folder}/runs/bsae/'. Did you mean 'runs/base'?",
            $"6: strategy:samples: is 'elsewhere', but there is no folder '{Zoo.Folder}/elsewhere'.");
        Findings(there).Should().BeEmpty();
        Read(recipe).Findings.Should().BeEmpty("a recipe can be read where the folders that it names are not");
        Findings(there, "--model:from", "runs/base").Should().ContainSingle("what a user types starts where the user is")
            .Which.Should().Be($"command line: model:from: is 'runs/base', but there is no folder '{Path.GetFullPath("runs/base")}'.");

        IEnumerable<string> Findings(string json, params string[] overrides) =>
            Told(RecipeReader.Read(Write(json), Catalogue, overrides, [], requireFolders: true));
    }

    [Fact]
    public void A_number_in_the_place_of_a_name_is_told() => Read(Fine, ["--training:optimizer", "7"]).Findings.Should().ContainSingle()
        .Which.Message.Should().Be("is '7'; allowed: adamw, sgd, adafactor, lion, adamw8bit.");

    [Fact]
    public void A_list_in_the_place_of_a_component_is_told() =>
        Messages(Fine.Replace("\"use\": \"linear\"", "\"use\": [\"linear\"]")).Should().Equal(
        "5: model:use: is not a string: it must name the architecture. Available: echo, linear.");

    [Fact]
    public void A_folder_to_start_from_is_a_text() =>
        Messages(Fine.Replace("\"size\": 3", "\"size\": 3, \"from\": [\"a\"]")).Should().Equal(
        "5: model:from: is a list; it must be a string in quotes.");
}
