using Tenon.Host.Planning;
using Tenon.Host.Planning.Published;

namespace Tenon.Host.Tests.Planning;

/// <summary>The program's figures next to those of papers.</summary>
public sealed class PublishedFiguresTests
{
    private static readonly Lazy<PublishedFigures> Figures =
        new(() => PublishedFigures.Create(ShippedClusters.Read("v100"), ShippedClusters.Read("a100")));

    [Fact]
    public void Training_times_follow_from_the_published_speed() =>
        Figures.Value.Times.Should().HaveCount(10).And.AllSatisfy(time =>
            time.DaysFromOperations.Should().BeApproximately(time.Days, 0.05 * time.Days, time.Claim));

    [Theory]
    [InlineData("GPT-3 175B on 8 V100", 36.0 * 365.25)]
    [InlineData("GPT-3 175B on 512 V100", 6.75 * 365.25 / 12)]
    [InlineData("GPT-3 175B on 1,024 A100", 33.9)]
    [InlineData("1T on 3,072 A100", 83.9)]
    public void The_short_formula_gives_the_papers_days(string claim, double days) =>
        Figures.Value.Times.Single(time => time.Claim.StartsWith(claim, StringComparison.Ordinal)).DaysFromParameters
            .Should().BeApproximately(days, 0.01 * days);

    [Fact]
    public void Eight_v100_do_not_hold_gpt3() => Figures.Value.Times[0].Missing.Should().StartWith("does not fit: ");

    [Fact]
    public void Other_figures_differ_by_at_most_five_percent() =>
        Figures.Value.Figures.Should().HaveCount(12).And.AllSatisfy(figure =>
            Math.Abs(figure.Difference).Should().BeLessThan(0.05, figure.Claim));

    [Fact]
    public void Parameters_of_the_scaled_models_are_the_printed_ones() =>
        Figures.Value.Rows.Should().HaveCount(10).And.AllSatisfy(row =>
            (row.Model.Parameters / 1e9).Should().BeApproximately(row.PrintedBillions, 0.06));

    // In the two rows that are slower, the paper shares layers among all 8 GPUs of a node; by the estimate, more pipeline stages and fewer
    // sums of products are faster.
    [Fact]
    public void The_papers_layouts_are_within_ten_percent_of_the_best_but_for_two() =>
        Figures.Value.Rows.Should().AllSatisfy(row =>
            row.Slowdown.Should().BeInRange(1, row.Model.Name is "18.4B" or "39.1B" ? 1.16 : 1.1, row.Model.Name));

    [Fact]
    public void The_papers_layouts_fit_into_memory()
    {
        double usable = ShippedClusters.Read("a100").MemoryBytes * new Assumptions().UsableMemory;

        Figures.Value.Rows.Should().AllSatisfy(row => row.Paper.Memory.Total.Should().BeLessThan(usable, row.Model.Name));
    }

    // 297.4, 410.2 and 502.0 PFLOP/s in total are printed.
    [Theory]
    [InlineData(7, 297.4)]
    [InlineData(8, 410.2)]
    [InlineData(9, 502.0)]
    public void Totals_of_the_scaled_models(int row, double petaflops) =>
        (PublishedModels.Rows[row].Teraflops * PublishedModels.Rows[row].Gpus / 1000)
            .Should().BeApproximately(petaflops, 0.003 * petaflops);

    [Fact]
    public void Hardware_utilization_follows_from_the_models() =>
        Figures.Value.Utilizations.Should().HaveCount(4).And.AllSatisfy(row =>
            row.ComputedHardware.Should().BeApproximately(row.PrintedHardware, 0.01 * row.PrintedHardware, row.Model.Name));
}
