using Tenon.Host.Planning;

namespace Tenon.Host.Tests.Planning;

public sealed class ScalingLawsTests
{
    // The operations of Chinchilla.
    private const double Chinchilla = 5.76e23;

    [Fact]
    public void The_optimum_depends_on_the_constants()
    {
        ScalingLaws.HoffmannRounded.Optimum(Chinchilla).Parameters.Should().BeApproximately(32e9, 1e9);
        ScalingLaws.Hoffmann.Optimum(Chinchilla).Parameters.Should().BeApproximately(40e9, 1e9);
        ScalingLaws.Besiroglu.Optimum(Chinchilla).Parameters.Should().BeApproximately(72e9, 1e9);
    }

    [Theory]
    [InlineData(1e18)]
    [InlineData(Chinchilla)]
    public void The_optimum_spends_all_operations_and_no_neighbor_is_better(double flop)
    {
        foreach (ScalingLaws.Parametric law in new[] { ScalingLaws.Hoffmann, ScalingLaws.HoffmannRounded, ScalingLaws.Besiroglu })
        {
            OptimalSize best = law.Optimum(flop);

            (6 * best.Parameters * best.Tokens).Should().BeApproximately(flop, 1e-9 * flop);
            law.Loss(1.1 * best.Parameters, best.Tokens / 1.1).Should().BeGreaterThan(best.Loss);
            law.Loss(best.Parameters / 1.1, best.Tokens * 1.1).Should().BeGreaterThan(best.Loss);
        }
    }

    [Fact]
    public void Kaplans_model_grows_with_the_power_of_0_73()
    {
        double ratio = ScalingLaws.Kaplan(1e22).Parameters / ScalingLaws.Kaplan(1e21).Parameters;

        ratio.Should().BeApproximately(Math.Pow(10, 0.73), 1e-9);
        ScalingLaws.Kaplan(8.64e19).Parameters.Should().BeApproximately(1.3e9, 1, "a petaflop day");
        ScalingLaws.KaplanLoss(3.1e8 * 8.64e19).Should().BeApproximately(1, 1e-12);
    }
}
