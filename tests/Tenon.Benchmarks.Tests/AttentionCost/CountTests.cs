using Tenon.AttentionCost;

namespace Tenon.Benchmarks.Tests.AttentionCost;

public sealed class CountTests
{
    private static readonly Tokens Pixels = Tokens.All[0], Windows = Tokens.All[2];

    // Liu et al. 2021, equations 1 and 2: 4·h·w·C² + 2·(h·w)²·C, and 4·h·w·C² + 2·M²·h·w·C.
    [Theory]
    [InlineData(32)]
    [InlineData(224)]
    [InlineData(512)]
    public void Multiply_adds_are_those_of_the_published_formulas(int imageSize)
    {
        const double C = 96;
        double pixels = (double)imageSize * imageSize;
        double padded = Math.Pow(Math.Ceiling(imageSize / 4 / 7.0) * 7, 2);

        Of(Pixels, imageSize).MultiplyAdds.Should().Be(4 * pixels * C * C + 2 * pixels * pixels * C);
        Of(Windows, imageSize).MultiplyAdds.Should().Be(4 * padded * C * C + 2 * 49 * padded * C);
    }

    [Fact]
    public void Weights_of_all_heads_take_four_bytes_for_each_pair()
    {
        Of(Pixels, 224).WeightBytes.Should().Be(4 * 3 * Math.Pow(224, 4));
        Of(Windows, 224).WeightBytes.Should().Be(4 * 3 * 64 * 49 * 49);
        Of(Windows, 224).StateBytes.Should().Be(6 * 4 * 56 * 56 * 96);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        Of(Pixels, 32);
        long before = Environment.WorkingSet;

        Of(Pixels, 512).WeightBytes.Should().BeGreaterThan(8e11);

        (Environment.WorkingSet - before).Should().BeLessThan(100_000_000);
    }

    [Fact]
    public void Pixels_of_an_image_are_98_times_as_many_as_berts_tokens_and_9604_times_the_pairs()
    {
        TokenGrid grid = Pixels.Of(224);

        grid.Count.Should().Be(50_176).And.Be(98 * TokenGrid.BertTokens);
        grid.Pairs.Should().Be(9604.0 * TokenGrid.BertTokens * TokenGrid.BertTokens);
    }

    [Theory]
    [InlineData(32, 8, 7, 4)]
    [InlineData(224, 56, 7, 64)]
    [InlineData(512, 128, 7, 361)]
    public void A_grid_is_padded_to_whole_windows(int imageSize, int side, int window, int windows) =>
        Windows.Of(imageSize).Should().Be(new TokenGrid(side, window, windows));

    private static Cost Of(Tokens tokens, int imageSize)
    {
        TokenGrid grid = tokens.Of(imageSize);
        return Count.Of(grid.Windows, grid.Length, Layer.Default);
    }
}
