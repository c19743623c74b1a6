namespace Tenon.Benchmarks.Tests;

/// <summary>The short form of the soak: what the process holds does not grow with the rounds.</summary>
public sealed class SoakTests
{
    private const int Rounds = 500, Rows = 5;

    [Fact]
    public void Steps_leave_nothing_behind() => ShouldBeSteady([.. Soak.Steps(Rounds, Rows, threads: 1)]);

    [Fact]
    public void Generated_texts_leave_nothing_behind() => ShouldBeSteady([.. Soak.Generations(Rounds, Rows, threads: 1)]);

    private static void ShouldBeSteady(SoakRow[] rows)
    {
        rows.Select(row => row.Done).Should().Equal(100, 100, 200, 300, 400, 500);
        rows.Select(row => row.Tensors).Distinct().Should().ContainSingle();
        (rows[^1].Handles - rows[0].Handles).Should().BeLessThanOrEqualTo(2);
        (rows[^1].ManagedBytes - rows[0].ManagedBytes).Should().BeLessThan(2 << 20);
        (rows[^1].ResidentBytes - rows[1].ResidentBytes).Should().BeLessThan(64 << 20);
    }
}
