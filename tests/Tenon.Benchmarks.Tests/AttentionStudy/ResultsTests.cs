using Tenon.AttentionStudy;

namespace Tenon.Benchmarks.Tests.AttentionStudy;

public sealed class ResultsTests : CommandTest
{
    private static readonly Cell Cell = new("recall", "gpt-1", 50, Steps: 500);

    [Fact]
    public void Results_are_read_again_and_averaged_over_seeds()
    {
        string file = Path.Combine(Folder, "results.csv");
        var results = new Results(file);
        results.Add(Cell with { Seed = 1 }, 0.5);
        results.Add(Cell with { Seed = 2 }, 0.9);

        var read = new Results(file);

        read.Of(Cell, [1, 2])!.Value.Mean.Should().BeApproximately(0.7, 1e-9);
        read.Of(Cell, [1, 2])!.Value.Deviation.Should().BeApproximately(Math.Sqrt(0.08), 1e-9);
        read.Of(Cell, [1, 2, 3]).Should().BeNull("seed 3 has no result");
        read.Of(Cell with { Steps = 60 }, [1]).Should().BeNull("it was trained for other steps");
    }
}
