namespace Tenon.Layers.Tests.Diffusion;

public sealed class PosteriorTests
{
    private static readonly double[] Alphas = [0.95, 0.8, 0.5, 0.2];
    private static readonly NoiseLevels Levels = new(Alphas);

    // Bayes' rule for Gaussians: q(x_s | x_t, x_0) ∝ q(x_t | x_s)·q(x_s | x_0), where x_t has the mean √α·x_s and the variance β.
    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(3, 0)]
    public void It_is_what_Bayes_rule_gives(int timestep, int previous)
    {
        double there = Alphas[previous], alpha = Alphas[timestep] / there, beta = 1 - alpha;
        double variance = 1 / (alpha / beta + 1 / (1 - there));

        Posterior found = Levels.Posterior(timestep, previous);

        found.Beta.Should().BeApproximately((float)beta, 1e-6f);
        found.Variance.Should().BeApproximately((float)variance, 1e-6f);
        found.CleanShare.Should().BeApproximately((float)(variance * Math.Sqrt(there) / (1 - there)), 1e-6f);
        found.SampleShare.Should().BeApproximately((float)(variance * Math.Sqrt(alpha) / beta), 1e-6f);
    }

    [Fact]
    public void Of_the_clean_sample_it_is_the_clean_sample_itself()
    {
        Posterior found = Levels.Posterior(timestep: 2, previous: -1);
        found.Should().Be(new Posterior(CleanShare: 1, SampleShare: 0, Variance: 0, Beta: 0.5f));
    }

    [Fact]
    public void The_mean_weighs_clean_and_noisy_sample_row_by_row()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor clean = torch.tensor(new[] { 1f, 2f }).view(2, 1, 1), sample = torch.tensor(new[] { 10f, 20f }).view(2, 1, 1);

        Tensor mean = Posterior.Mean(clean, sample, new Posterior(0.5f, 0.25f, 0, 0), new Posterior(0.25f, 0.5f, 0, 0));

        mean.shape.Should().Equal(2, 1, 1);
        mean.data<float>().ToArray().Should().Equal(3, 10.5f);
        Posterior.Mean(clean, sample, new Posterior(1, 0, 0, 0)).data<float>().ToArray().Should().Equal(1, 2);
    }
}
