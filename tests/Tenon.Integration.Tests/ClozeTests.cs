using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>The strategy <c>priming</c> on a masked model, as users of the program meet it.</summary>
[Collection(InOneProcess.Name)]
public sealed class ClozeTests(BertRuns runs)
{
    private const string Strategy = """{ "use": "priming", "template": "{text} this is {label} .", "shots": [0, 1], "draws": 2, "examples": 20, "verbalizers": { "sees": "sees", "other": "likes" } }""";

    [Fact]
    public void Labels_are_read_from_a_gap()
    {
        ProgramResult run = runs.Tenon("run", Recipe("cloze", "runs/masked"));

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("priming, on 20 held-out examples").And.Contain("calibrated accuracy").And.MatchRegex(@"fill runs/cloze ""the \w+ .* \[MASK\]""");
        JsonNode results = JsonNode.Parse(File.ReadAllText(runs.Workspace.At("runs", "cloze", "priming.json")))!;
        results["results"]!.AsArray().Select(entry => (int)entry!["shots"]!).Should().Equal(0, 1, 1);
        File.ReadAllBytes(runs.Workspace.At("runs", "cloze", "model.safetensors")).Should().Equal(File.ReadAllBytes(runs.Workspace.At("runs", "masked", "model.safetensors")));
        runs.Tenon("fill", "runs/cloze", "the [MASK] sees the cat.").ExitCode.Should().Be(0);
        runs.Tenon("plan", Recipe("cloze", "runs/masked")).ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("plan")]
    public void A_head_without_hidden_tokens_is_refused_before_anything_is_made(string verb)
    {
        ProgramResult run = runs.Tenon(verb, Recipe("headless", "runs/labelled"));

        run.ExitCode.Should().Be(2, run.All);
        run.Errors.Should().Contain("strategy: This BERT has the head 'sequence-classification', which does not predict masked tokens. Set 'head' to 'masked-lm' or 'pre-training'.");
        Directory.Exists(runs.Workspace.At("runs", "headless")).Should().BeFalse();
    }

    [Theory]
    [InlineData("run")]
    [InlineData("plan")]
    public void Tags_of_words_are_no_choice_of_a_policy(string verb)
    {
        string recipe = runs.Recipe("chooser", """{ "use": "tagged-text", "files": ["tags.conll"] }""", 5);
        JsonObject json = JsonNode.Parse(File.ReadAllText(recipe))!.AsObject();
        json["strategy"] = new JsonObject { ["use"] = "ppo" };
        json["reward"] = new JsonObject { ["use"] = "accuracy" };
        File.WriteAllText(recipe, json.ToJsonString());

        ProgramResult run = runs.Tenon(verb, recipe);

        run.ExitCode.Should().Be(2, run.All);
        run.Errors.Should().Contain("strategy: This BERT has the head 'token-classification', which does not predict one choice for a text.");
        Directory.Exists(runs.Workspace.At("runs", "chooser")).Should().BeFalse();
    }

    private string Recipe(string name, string from)
    {
        string file = runs.Workspace.At($"{name}.json");
        File.WriteAllText(file, $$"""
            {
              "name": "{{name}}",
              "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "labelled-text", "files": ["labels.tsv"] },
              "model": { "use": "bert", "from": "{{from}}" },
              "strategy": {{Strategy}},
              "validation": { "share": 0.3 }
            }
            """);
        return file;
    }
}
