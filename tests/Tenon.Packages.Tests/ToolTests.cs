namespace Tenon.Packages.Tests;

/// <summary>The program as <c>dotnet tool install</c> installs it.</summary>
[Collection(Workbench.Name)]
public sealed class ToolTests(Workbench bench)
{
    [Fact]
    public void The_tool_lists_its_components_and_runs_the_default_recipe()
    {
        string folder = Directory.CreateDirectory(Path.Combine(bench.Work, "tool")).FullName;

        bench.Tenon(folder, "list").Should().Contain("gpt").And.Contain("pretrain").And.Contain("sdk-docs");
        bench.Tenon(folder, "run", "--training:steps", "2", "--output", "runs").Should().Contain("validation loss").And.Contain("tenon");

        string run = Path.Combine(folder, "runs", "gpt-sdk-docs");
        Directory.EnumerateFiles(run).Select(Path.GetFileName).Should()
            .Contain(["config.json", "model.safetensors", "tokenizer.json", "recipe.json", "loss.png"]);
        bench.Tenon(folder, "generate", run, "--prompt", "Gets the", "--max-new-tokens", "3").Should().StartWith("Gets the");
    }

    [Fact]
    public void The_tool_installs_a_plugin_from_a_feed()
    {
        bench.New("tenon-reward", "My.Vowels");
        string folder = Path.Combine(bench.Work, "My.Vowels");
        bench.Dotnet(folder, "build");
        File.WriteAllText(Path.Combine(folder, "installed.json"), """{ "shipped": true, "plugins": {} }""");

        bench.Tenon(folder, "plugins", "pack", "artifacts/plugins/my.vowels", "--output", "feed");
        bench.Tenon(folder, "plugins", "install", "my.vowels", "--source", "feed", "--folder", "store", "--plugins", "installed.json");

        bench.Tenon(folder, "plugins", "--plugins", "installed.json").Should().Contain("my.vowels");
        bench.Tenon(folder, "plugins", "test", "store/my.vowels/0.1.0").Should().Contain("0 failed");
    }
}
