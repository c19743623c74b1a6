using Tenon.AttentionCost;

namespace Tenon.Benchmarks.Tests.AttentionCost;

public sealed class ExponentTests
{
    private static readonly int[] Sizes = [32, 64, 128, 224, 256, 384, 512];

    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(2)]
    public void The_power_of_the_pixels_is_found(double power) =>
        Exponent.Fit(Sizes.Select(size => (size, 3e-7 * Math.Pow((double)size * size, power)))).Should().BeApproximately(power, 1e-9);

    [Fact]
    public void Small_images_do_not_count() =>
        Exponent.Fit([(32, 1), (64, 1), (128, 2), (256, 8)]).Should().BeApproximately(1, 1e-9);

    [Fact]
    public void One_image_has_no_exponent() => Exponent.Fit([(32, 1), (64, 1), (128, 2)]).Should().BeNull();

    // The windows' exponent deviates by the padding of the last windows.
    [Theory]
    [InlineData(0, 2, 1e-9)]
    [InlineData(1, 2, 1e-9)]
    [InlineData(2, 1, 0.05)]
    public void Pairs_grow_with_the_square_of_the_pixels_and_in_windows_linearly(int tokens, double power, double tolerance) =>
        Exponent.Fit(Sizes.Select(size => (size, Tokens.All[tokens].Of(size).Pairs))).Should().BeApproximately(power, tolerance);
}
