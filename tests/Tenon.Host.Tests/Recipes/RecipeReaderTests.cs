using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

public sealed class RecipeReaderTests : RecipeReaderTest
{
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
        recipe.BaseDirectory.Should().Be(Zoo.Folder);
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        RecipeReading reading = Read(Fine, ["--training:steps", "9", "--strategy:rate=3e-4"], ("TENON_training__steps", "8"),
            ("TENON_seed", "5"), ("TENON_PLUGINS", "x"), ("OTHER", "y"));

        reading.Findings.Should().BeEmpty();
        reading.Recipe!.Training.Steps.Should().Be(9);
        reading.Recipe.Seed.Should().Be(5);
        reading.Recipe.Strategy.Options["rate"].Should().Be("3e-4");
    }

    [Fact]
    public void Null_takes_back_what_the_file_says()
    {
        string text = Fine.Replace("\"size\": 3",
            "\"size\": 3, \"label\": \"ab\", \"layers\": [1, 2], \"weights\": { \"a\": 1, \"b\": 2 }");
        RecipeReading reading =
            Read(text, ["--model:layers", "null", "--model:weights=null", "--model:weights:c", "3"], ("TENON_model__label", "null"));

        reading.Findings.Should().BeEmpty();
        IConfigurationSection options = reading.Recipe!.Model.Options;
        options["label"].Should().BeNull();
        options.GetSection("layers").GetChildren().Should().BeEmpty();
        options.GetSection("weights").GetChildren().Select(child => child.Key).Should().Equal("c");
        Read(text, ["--training:steps", "null"]).Findings.Select(f => f.ToString()).Should()
            .Equal("command line: training:steps: is null; it must be an integer.");
    }

    [Fact]
    public void A_list_may_be_empty()
    {
        Recipe recipe = Read(Fine.Replace("\"training\"", "\"samples\": { \"prompts\": [], \"topK\": 3 }, \"training\"")).Recipe!;

        recipe.Samples.Prompts.Should().BeEmpty();
        recipe.Samples.TopK.Should().Be(3);
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
        JsonNode.DeepEquals(RecipeWriter.Resolve(RecipeReader.Read(resolved, Zoo.Folder, Catalogue).Recipe!, Catalogue), resolved).Should()
            .BeTrue();
        Read(Fine).Recipe!.Rewards.Should().BeEmpty();
    }

    [Fact]
    public void A_version_may_be_asked_for()
    {
        PluginCatalogue both = Zoo.Read(("zoo.good", "1.*"));
        string path = Write(Fine.Replace("\"linear\", \"size\": 3", "\"linear@1.0\", \"depth\": 2"));

        RecipeReader.Read(path, both, [], []).Findings.Single().Message.Should().StartWith("is not a key of the architecture 'linear'.");
        RecipeReader.Read(path, both, ["--model:use=linear@1.1"], []).Recipe!.Model.Version.Should().Be("1.1");
        RecipeReader.Read(path, both, ["--model:use=linear@3.*"], []).Findings.Select(f => f.Message).Should().ContainSingle(
            m => m == "is 'linear@3.*', but 'linear' is available only in 1.0.0, 1.1.0. Use one of these, or install another and widen " +
                "its range in plugins.json.");
    }

    [Fact]
    public void A_resolved_recipe_reads_back_the_same()
    {
        JsonObject resolved = RecipeWriter.Resolve(Read(Fine, ["--model:noise:deviation=0.25"]).Recipe!, Catalogue);

        resolved["model"]!.ToJsonString().Should().Be(
            """{"use":"linear","size":3,"bias":true,"start":"random","share":""" +
            """0.1,"large":5000000000,"level":"low","label":null,"layers":null,"weights":null,"noise":{"deviation":0.25,"seed":null}}""");
        resolved["training"]!["schedule"]!.GetValue<string>().Should().Be("linear");
        RecipeReading again = RecipeReader.Read(resolved, Zoo.Folder, Catalogue);
        again.Findings.Should().BeEmpty();
        JsonNode.DeepEquals(RecipeWriter.Resolve(again.Recipe!, Catalogue), resolved).Should().BeTrue();
    }
}
