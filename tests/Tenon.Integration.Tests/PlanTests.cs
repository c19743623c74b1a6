using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>What <c>tenon plan</c> says about the published models.</summary>
[Collection(InOneProcess.Name)]
public sealed class PlanTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-plan-");

    public void Dispose() => _folder.Delete(recursive: true);

    // In 10^9 at 224 × 224: Liu et al. 2021, table 1 (large: the authors' repository); Touvron et al. 2020, table 1; torchvision.
    [Theory]
    [InlineData("swin", "swin-tiny", 4.5)]
    [InlineData("swin", "swin-small", 8.7)]
    [InlineData("swin", "swin-base", 15.4)]
    [InlineData("swin", "swin-large", 34.5)]
    [InlineData("vit", "vit-base", 17.6)]
    [InlineData("resnet", "resnet-50", 4.09)]
    public void A_plan_shows_the_published_multiply_adds(string architecture, string preset, double published)
    {
        string recipe = Path.Combine(_folder.FullName, "recipe.json");
        File.WriteAllText(recipe, $$"""
            {
              "device": { "use": "cpu" }, "data": { "use": "fashion-mnist", "size": 224, "channels": 3 },
              "model": { "use": "{{architecture}}", "preset": "{{preset}}" }, "strategy": { "use": "pretrain" }
            }
            """);

        ProgramResult json = InProcess.Run(_folder.FullName, "plan", recipe, "--json");
        ProgramResult shown = InProcess.Run(_folder.FullName, "plan", recipe);

        json.ExitCode.Should().Be(0, json.All);
        (JsonNode.Parse(json.Output)!["multiplyAddsPerUnit"]!.GetValue<double>() / 1e9).Should().BeApproximately(published, 0.05);
        shown.Output.Should().Contain("multiply-adds per image");
    }

    [Fact]
    public void A_recipe_is_planned_on_a_cluster_with_pictures()
    {
        string pictures = Path.Combine(_folder.FullName, "pictures");
        string[] plan =
        [
            "plan", "gpt-sdk-docs", "--training:batchSize", "64", "--cluster", "a100", "--gpus", "8", "--tokens", "1e9", "--price", "2",
        ];

        ProgramResult shown = InProcess.Run(_folder.FullName, [.. plan, "--pictures", pictures]);
        ProgramResult json = InProcess.Run(_folder.FullName, [.. plan, "--json"]);

        shown.ExitCode.Should().Be(0, shown.All);
        shown.Output.Should().Contain("gpt-sdk-docs on 8 A100-SXM 80 GB").And.Contain("not run by Tenon");
        Directory.EnumerateFiles(pictures).Select(Path.GetFileName).Should().BeEquivalentTo(["memory.png", "time.png", "timeline.png"]);
        json.ExitCode.Should().Be(0, json.All);
        JsonNode planned = JsonNode.Parse(json.Output)!["plan"]!;
        planned["gpus"]!.GetValue<int>().Should().Be(8);
        planned["layouts"]![0]!["memory"]!["total"]!.GetValue<double>().Should().BePositive();
    }

    [Theory]
    [InlineData("diffusion-digits")]
    [InlineData("vit-digits")]
    [InlineData("translate-sdk")]
    public void Every_architecture_with_a_cost_is_planned(string recipe)
    {
        ProgramResult shown = InProcess.Run(
            _folder.FullName, "plan", recipe, "--cluster", "h100", "--gpus", "1", "--tokens", "1e6");

        shown.ExitCode.Should().Be(0, shown.All);
    }

    [Fact]
    public void A_run_on_this_machine_is_measured()
    {
        string[] plan = ["plan", "vit-digits", "--device:threads", "1", "--cluster", "this", "--measure"];

        ProgramResult json = InProcess.Run(_folder.FullName, [.. plan, "--json"]);
        ProgramResult shown = InProcess.Run(_folder.FullName, plan);

        json.ExitCode.Should().Be(0, json.All);
        JsonNode planned = JsonNode.Parse(json.Output)!["plan"]!, measured = planned["measured"]!;
        measured["secondsPerStep"]!.GetValue<double>().Should().BePositive();
        measured["pauses"]!.AsArray().Select(pause => (string?)pause!["work"]).Should().Equal("validations", "checkpoints");
        measured["pauses"]!.AsArray().Should().AllSatisfy(pause => pause!["seconds"]!.GetValue<double>().Should().BePositive());
        planned["seconds"]!.GetValue<double>().Should().BeGreaterThan(
            planned["steps"]!.GetValue<double>() * measured["secondsPerStep"]!.GetValue<double>());
        shown.ExitCode.Should().Be(0, shown.All);
        shown.Output.Should().Contain("validations, every").And.Contain("peak memory of the process").And.Contain("Measured: ");
        Directory.Exists(Path.Combine(_folder.FullName, "runs")).Should().BeFalse("a measurement leaves no run behind");
    }

    [Fact]
    public void Generation_is_planned()
    {
        ProgramResult shown = InProcess.Run(_folder.FullName, "plan", "gpt-sdk-docs", "--cluster", "h100", "--serve");

        shown.ExitCode.Should().Be(0, shown.All);
        shown.Output.Should().Contain("texts that fit").And.Contain("tokens per second");
    }

    [Fact]
    public void Published_figures_and_scaling_laws_need_no_recipe()
    {
        ProgramResult published = InProcess.Run(_folder.FullName, "plan", "--published");
        ProgramResult optimal = InProcess.Run(_folder.FullName, "plan", "--compute-optimal", "5.76e23");

        published.ExitCode.Should().Be(0, published.All);
        published.Output.Should().Contain("GPT-3 175B on 8 V100").And.Contain("PaLM 540B");
        optimal.ExitCode.Should().Be(0, optimal.All);
        optimal.Output.Should().Contain("Besiroglu et al. 2024");
    }

    [Theory]
    [InlineData("--gpus needs --cluster", "gpt-sdk-docs", "--gpus", "8")]
    [InlineData("--measure runs steps on the machine at hand, so it needs --cluster this.", "gpt-sdk-docs", "--measure")]
    [InlineData("--cluster needs one of these pairs", "gpt-sdk-docs", "--cluster", "a100", "--gpus", "8")]
    [InlineData("Did you mean 'h100'?", "gpt-sdk-docs", "--cluster", "h1000", "--gpus", "8", "--tokens", "1e9")]
    [InlineData("--gpus takes 1 … 1000000; found -8.", "gpt-sdk-docs", "--cluster", "a100", "--gpus=-8", "--tokens", "1e9")]
    [InlineData("--published and --compute-optimal take no recipe; found 'gpt-sdk-docs'.", "gpt-sdk-docs", "--published")]
    [InlineData("has no peak for it", "gpt-sdk-docs", "--cluster", "v100", "--gpus", "8", "--tokens", "1e9", "--precision", "bf16")]
    public void What_cannot_be_planned_is_refused_in_one_line(string message, params string[] arguments)
    {
        ProgramResult refused = InProcess.Run(_folder.FullName, ["plan", .. arguments]);

        refused.ExitCode.Should().Be(2, refused.All);
        refused.Errors.Should().Contain(message);
        refused.Errors.TrimEnd().Should().NotContain("\n");
    }
}
