namespace Tenon.Packages.Tests;

/// <summary>The way of a plugin's author on packages alone, command for command as docs/write-a-plugin.md shows it.</summary>
public sealed class AuthorTests(Workbench bench) : IClassFixture<Workbench>
{
    [Theory]
    [InlineData("tenon-architecture", "My.Words")]
    [InlineData("tenon-strategy", "My.Training")]
    [InlineData("tenon-device", "My.Machine")]
    [InlineData("tenon-data", "my-sums")]
    [InlineData("tenon-reward", "My.Letters")]
    public void A_template_builds_passes_its_tests_and_runs_in_a_recipe(string template, string name)
    {
        bench.New(template, name);
        string folder = Path.Combine(bench.Work, name);

        bench.Dotnet(bench.Work, "test", name).Should().Contain("Passed!");

        bench.Tenon(folder, "run", "recipe.json", "--plugins", "plugins.json", "--training:steps", "4").Should().Contain("4");
        Directory.EnumerateFiles(Path.Combine(folder, "runs"), "model.safetensors", SearchOption.AllDirectories).Should().NotBeEmpty();
    }

    [Fact]
    public void The_third_party_sample_builds_passes_its_tests_and_runs()
    {
        string sample = Copy(Path.Combine(Workbench.Root, "samples", "third-party"), Path.Combine(bench.Work, "third-party"));

        bench.Dotnet(sample, "test").Should().Contain("Passed!");

        bench.Tenon(sample, "plugins", "test", "artifacts/plugins/contoso.characters").Should().Contain("0 failed");
        bench.Tenon(sample, "run", "recipe.json", "--plugins", "plugins.json", "--training:steps", "4").Should().Contain("gru");
    }

    private static string Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(from, f).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "artifacts" or "runs")))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return to;
    }
}
