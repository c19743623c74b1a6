namespace Tenon.Layers.Tests.Diffusion;

public sealed class NoiseLevelsTests : IDisposable
{
    private static readonly NoiseLevels Levels = new([0.81f, 0.64f, 0.36f]); // √ᾱ = 0.9, 0.8, 0.6; √(1 − ᾱ) of the others: 0.6, 0.8
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<PredictionType> Predictions => [.. Enum.GetValues<PredictionType>()];

    [Fact]
    public void Noise_is_added_to_each_row_by_its_timestep()
    {
        Tensor clean = torch.tensor(new[] { 1f, 2f, 3f }).view(3, 1), noise = torch.tensor(new[] { 10f, 20f, 30f }).view(3, 1);

        Tensor noisy = Levels.AddNoise(clean, noise, 1, 2, -1);

        Equal(noisy, 0.8 * 1 + 0.6 * 10, 0.6 * 2 + 0.8 * 20, 3); // timesteps below 0 are the clean sample
    }

    [Fact]
    public void One_timestep_counts_for_all_rows() =>
        Equal(Levels.AddNoise(torch.ones(2, 1), torch.ones(2, 1), 1), 1.4, 1.4);

    // q(x_t | x_0) has the mean √ᾱ_t·x_0 and the variance 1 − ᾱ_t.
    [Fact]
    public void Noisy_samples_have_the_mean_and_the_variance_of_the_forward_process()
    {
        using var generator = new torch.Generator(1, torch.CPU);
        Tensor noise = torch.randn([1, 100_000], generator: generator);

        Tensor noisy = Levels.AddNoise(torch.full([1, 100_000], 2f), noise, 2);

        noisy.mean().item<float>().Should().BeApproximately(0.6f * 2, 0.01f);
        noisy.var().item<float>().Should().BeApproximately(1 - 0.36f, 0.01f);
    }

    [Fact]
    public void Targets_are_the_noise_the_clean_sample_or_the_velocity_between_them()
    {
        Tensor clean = torch.full([1, 1], 2f), noise = torch.full([1, 1], 5f);

        Equal(Levels.Target(PredictionType.Epsilon, clean, noise, 1), 5);
        Equal(Levels.Target(PredictionType.Sample, clean, noise, 1), 2);
        Equal(Levels.Target(PredictionType.Velocity, clean, noise, 1), 0.8 * 5 - 0.6 * 2); // √ᾱ·ε − √(1 − ᾱ)·x_0
    }

    [Theory]
    [MemberData(nameof(Predictions))]
    public void A_perfect_prediction_of_any_type_gives_back_the_clean_sample_and_the_noise(PredictionType type)
    {
        using var generator = new torch.Generator(1, torch.CPU);
        Tensor clean = torch.randn([3, 2, 4], generator: generator), noise = torch.randn([3, 2, 4], generator: generator);
        long[] timesteps = [0, 1, 2];

        Tensor noisy = Levels.AddNoise(clean, noise, timesteps);
        Tensor prediction = Levels.Target(type, clean, noise, timesteps);

        Goldens.Difference(Levels.Clean(type, noisy, prediction, timesteps), clean).Should().BeLessThan(1e-5);
        Goldens.Difference(Levels.Noise(type, noisy, prediction, timesteps), noise).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void An_unknown_prediction_type_is_rejected()
    {
        Tensor one = torch.ones(1, 1);
        const string Message = "The model predicts '9'. Supported: Epsilon, Velocity, Sample.";

        FluentActions.Invoking(() => Levels.Target((PredictionType)9, one, one, 0)).Should().Throw<ModelException>().WithMessage(Message);
        FluentActions.Invoking(() => Levels.Clean((PredictionType)9, one, one, 0)).Should().Throw<ModelException>().WithMessage(Message);
        FluentActions.Invoking(() => Levels.Noise((PredictionType)9, one, one, 0)).Should().Throw<ModelException>().WithMessage(Message);
    }

    [Fact]
    public void No_levels_are_rejected() =>
        FluentActions.Invoking(() => new NoiseLevels(Array.Empty<float>())).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void A_walk_can_end_at_a_level_other_than_the_clean_sample()
    {
        Levels.AlphaCumulative(-1).Should().Be(1);
        new NoiseLevels([0.81f]) { FinalAlphaCumulative = 0.81f }.AlphaCumulative(-1).Should().Be(0.81f);
    }

    private static void Equal(Tensor found, params double[] expected) =>
        found.flatten().data<float>().ToArray().Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-6 * expected.Max());
}
