namespace Tenon.Layers.Tests.Diffusion;

public sealed class BetaSchedulesTests
{
    [Fact]
    public void Linear_betas_are_on_a_straight_line()
    {
        float[] betas = BetaSchedules.Linear(0.1, 0.5, 5);
        betas.Should().HaveCount(5);
        Differs(betas, [0.1, 0.2, 0.3, 0.4, 0.5]).Should().BeLessThan(1e-7);
    }

    [Fact]
    public void Scaled_linear_betas_have_their_square_roots_on_a_straight_line()
    {
        float[] betas = BetaSchedules.ScaledLinear(0.01, 0.25, 5);
        Differs(betas, [0.01, 0.2 * 0.2, 0.3 * 0.3, 0.4 * 0.4, 0.25]).Should().BeLessThan(1e-7);
    }

    // Nichol and Dhariwal 2021, equation 17: ᾱ_t = f(t) / f(0) with f(t) = cos²((t/T + 0.008) / 1.008 · π/2).
    [Fact]
    public void The_signal_of_squared_cosine_betas_falls_on_a_squared_cosine()
    {
        const int T = 100;
        static double F(int t) => Math.Pow(Math.Cos(((double)t / T + 0.008) / 1.008 * Math.PI / 2), 2);
        float[] levels = BetaSchedules.AlphasCumulative(BetaSchedules.SquaredCosine(T));

        Differs(levels[..^1], [.. Enumerable.Range(1, T - 1).Select(t => F(t) / F(0))]).Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Squared_cosine_betas_are_at_most_0_999() => BetaSchedules.SquaredCosine(100).Max().Should().Be(0.999f);

    [Fact]
    public void The_signal_is_the_cumulative_product_of_what_the_noise_leaves() =>
        Differs(BetaSchedules.AlphasCumulative([0.1f, 0.2f, 0.5f]), [0.9, 0.9 * 0.8, 0.9 * 0.8 * 0.5]).Should().BeLessThan(1e-7);

    [Fact]
    public void Without_a_terminal_signal_the_first_level_stays_and_the_others_are_shifted_and_scaled()
    {
        float[] levels = BetaSchedules.WithZeroTerminalSignal([0.81f, 0.49f, 0.25f]); // √ᾱ = 0.9, 0.7, 0.5

        // (√ᾱ − 0.5)·0.9 / (0.9 − 0.5), squared
        Differs(levels, [0.81, Math.Pow(0.2 * 0.9 / 0.4, 2), 0]).Should().BeLessThan(1e-6);
        levels[^1].Should().Be(0);
    }

    private static double Differs(float[] found, double[] expected)
    {
        found.Should().HaveSameCount(expected);
        return found.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
    }
}
