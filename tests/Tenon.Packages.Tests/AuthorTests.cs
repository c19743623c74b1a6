using System.Text.Json.Nodes;

namespace Tenon.Packages.Tests;

/// <summary>What a plugin's author does with packages alone, command for command as docs/write-a-plugin.md shows it.</summary>
[Collection(Workbench.Name)]
public sealed class AuthorTests(Workbench bench)
{
    [Theory]
    [InlineData("tenon-architecture", "My.Words")]
    [InlineData("tenon-strategy", "My.Training")]
    [InlineData("tenon-device", "My.Machine")]
    [InlineData("tenon-data", "my-sums")]
    [InlineData("tenon-reward", "My.Letters")]
    [InlineData("tenon-sampler", "My.Walk")]
    public void A_template_builds_passes_its_tests_and_runs_in_a_recipe(string template, string name)
    {
        bench.New(template, name);
        string folder = Path.Combine(bench.Work, name);

        bench.Dotnet(bench.Work, "test", name).Should().Contain("Passed!");

        bench.Tenon(folder, "run", "recipe.json", "--plugins", "plugins.json", "--training:steps", "4").Should().Contain("4");
        Directory.EnumerateFiles(Path.Combine(folder, "runs"), "*model.safetensors", SearchOption.AllDirectories).Should().NotBeEmpty();
        // F5 starts the command above in the solution's folder.
        string settings = File.ReadAllText(Path.Combine(folder, "src", "Properties", "launchSettings.json"));
        JsonNode profile = JsonNode.Parse(settings)!["profiles"]!["tenon"]!;
        profile["executablePath"]!.GetValue<string>().Should().Be("tenon");
        profile["commandLineArgs"]!.GetValue<string>().Should().StartWith("run recipe.json --plugins plugins.json");
        profile["workingDirectory"]!.GetValue<string>().Should().Be("$(ProjectDir)..");
    }

    [Fact]
    public void The_third_party_sample_builds_passes_its_tests_and_runs()
    {
        string sample = bench.CopySample("third-party");

        bench.Dotnet(sample, "test").Should().Contain("Passed!");

        bench.Tenon(sample, "plugins", "test", "artifacts/plugins/contoso.characters").Should().Contain("0 failed");
        bench.Tenon(sample, "run", "recipe.json", "--plugins", "plugins.json", "--training:steps", "4").Should().Contain("gru");
    }
}
