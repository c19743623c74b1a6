using Tenon.AttentionCost;

namespace Tenon.Benchmarks.Tests.AttentionCost;

public sealed class CostCommandTests : CommandTest
{
    [Fact]
    public void The_quick_form_shows_tables_and_draws_pictures()
    {
        string output = Run(CostCommand.Create, "--quick", "--folder", Folder, "--threads", "1");

        output.Should().Contain("224 × 224 pixels are 50,176 tokens, 98 times BERT's 512, and 9,604 times its pairs.")
            .And.Contain("multiply-adds of the layer").And.Contain("time of a forward pass in float32 on 1 threads");
        foreach (string picture in new[] { "multiply-adds", "memory", "time" })
            new FileInfo(Path.Combine(Folder, $"attention-{picture}.png")).Length.Should().BeGreaterThan(10_000);
    }

    [Fact]
    public void Without_time_nothing_is_measured()
    {
        string output = Run(CostCommand.Create, "--seconds", "0", "--folder", Folder);

        output.Should().NotContain("time of a forward pass");
        File.Exists(Path.Combine(Folder, "attention-time.png")).Should().BeFalse();
    }
}
