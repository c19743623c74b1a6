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
}
