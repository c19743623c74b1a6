namespace Tenon.Diffusion.Tests;

public sealed class DiffusionPolicyTests : IDisposable
{
    private static readonly SamplingOptions Five = new() { MaxNewTokens = 5 };
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(PredictionType.Epsilon, VarianceType.FixedSmall, true)]
    [InlineData(PredictionType.Velocity, VarianceType.FixedLarge, false)]
    [InlineData(PredictionType.Sample, VarianceType.FixedSmall, true)]
    public void Recomputed_log_probabilities_equal_sampled_ones(PredictionType prediction, VarianceType variance, bool conditional)
    {
        using DiffusionModel model = Build(conditional, options => options with { Prediction = prediction, VarianceType = variance });
        using Batch inputs = Inputs(conditional);
        PolicyChecks.RecomputesWhatWasSampled(model, inputs, Five, 1e-4);
    }

    [Fact]
    public void A_rollout_is_reproducible_and_leaves_no_tensors()
    {
        using DiffusionModel model = Build(conditional: true, options => options with { Dropout = 0.3 });
        using Batch inputs = Inputs(conditional: true);
        PolicyChecks.Repeats(model, inputs, Five);
        PolicyChecks.LeavesNothing(model, inputs, Five);
        PolicyChecks.EndsWhenAsked(model, inputs, Five, "conv_in");
    }

    [Theory]
    [InlineData(PredictionType.Epsilon, VarianceType.FixedSmall)]
    [InlineData(PredictionType.Velocity, VarianceType.FixedLarge)]
    [InlineData(PredictionType.Sample, VarianceType.FixedSmall)]
    public void The_means_equal_the_sampler_s(PredictionType prediction, VarianceType variance)
    {
        using DiffusionModel model =
            Build(conditional: false, options => options with { Prediction = prediction, VarianceType = variance });
        using Batch inputs = Inputs(conditional: false);
        using Rollout rollout = model.Sample(inputs, Five, new SeededRandom(3));
        ISampler sampler = new Ddpm().Open(
            new DdpmOptions { Variance = variance == VarianceType.FixedSmall ? StepVariance.FixedSmall : StepVariance.FixedLarge },
            new SamplerContext(model.AlphasCumulative, prediction, Steps: 5));
        IReadOnlyList<int> timesteps = sampler.Timesteps;
        using var untracked = torch.no_grad();
        Tensor latents = rollout.States["latents"]; // [B, 5, C, H, W]

        rollout.States["timesteps"][0].data<long>().Should().Equal(timesteps.Select(t => (long)t));
        for (int action = 0; action < 5; action++)
        {
            Tensor sample = latents.select(1, action);
            Tensor predicted = model.Predict(sample, torch.full([3], timesteps[action], torch.ScalarType.Int64));
            if (action == 4)
            {
                Goldens.Difference(sampler.Step(sample, predicted, action, Never), rollout.States["pixel_values"]).Should()
                    .BeLessThan(1e-4);
                continue;
            }

            // The noise that was drawn is what stands between the sampler's mean and the action: its density is the log-probability.
            Tensor mean = sampler.Step(sample, predicted, action, () => torch.zeros_like(sample));
            double deviation = (sampler.Step(sample, predicted, action, () => torch.ones_like(sample)) - mean).mean().item<float>();
            Tensor density = ((latents.select(1, action + 1) - mean) / deviation).square()
                .mean([1L, 2L, 3L]) * -0.5 - (Math.Log(deviation) + 0.5 * Math.Log(2 * Math.PI));
            Goldens.Difference(rollout.LogProbabilities.select(1, action), density).Should().BeLessThan(1e-2);
        }

        static Tensor Never() => throw new InvalidOperationException("The last step adds no noise.");
    }

    [Fact]
    public void The_entropy_equals_the_gaussian_entropy()
    {
        using DiffusionModel model = Build(conditional: false);
        using Batch inputs = Inputs(conditional: false);
        using Rollout rollout = model.Sample(inputs, Five, new SeededRandom(3));

        float[] entropy = [.. model.Evaluate(rollout, Five).Entropy[0].data<float>()];
        // For 1,000 timesteps in five strides: β̃ between 800 and 600, and so on down.
        double[] levels = [.. model.AlphasCumulative];
        double[] expected = [.. new[] { 800, 600, 400, 200 }.Select(t => 0.5 * Math.Log(
            2 * Math.PI * Math.E * (1 - levels[t - 200]) / (1 - levels[t]) * (1 - levels[t] / levels[t - 200])))];
        entropy.Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
    }

    [Fact]
    public void Outcomes_are_images_of_the_requested_classes()
    {
        using DiffusionModel model = Build(conditional: true);
        using Batch inputs = Inputs(conditional: true);
        using Rollout rollout = model.Sample(inputs, Five, new SeededRandom(3));
        IReadOnlyList<ImageOutcome> outcomes = model.Outcomes(rollout, tokenizer: null);

        outcomes.Select(outcome => outcome.Label).Should().Equal(0, 1, 0);
        outcomes.Should().OnlyContain(outcome => outcome.Image.Height == 8 && outcome.Image.Width == 8 && outcome.Image.Channels == 1
            && outcome.Image.Data.Length == 64);
        float pixel = rollout.States["pixel_values"][1, 0, 3, 5].item<float>();
        outcomes[1].Image.Data.Span[3 * 8 + 5].Should().Be((byte)MathF.Round((Math.Clamp(pixel, -1, 1) + 1) * 127.5f));
    }

    [Fact]
    public void Meaningless_options_are_rejected()
    {
        using DiffusionModel model = Build(conditional: false);
        using Batch inputs = Inputs(conditional: false);
        Action temperature = () => model.Sample(inputs, Five with { Temperature = 0.5 }, new SeededRandom(1));
        Action one = () => model.Sample(inputs, Five with { MaxNewTokens = 1 }, new SeededRandom(1));

        temperature.Should().Throw<ModelException>().WithMessage("'temperature' is 0.5*");
        one.Should().Throw<ModelException>().WithMessage("*is 1. A chain needs at least 2*");
    }

    private static DiffusionModel Build(bool conditional, Func<DiffusionOptions, DiffusionOptions>? change = null)
    {
        torch.manual_seed(1);
        var options = new DiffusionOptions
        {
            Preset = "tiny",
            BlockOutChannels = [16, 32],
            Height = 8,
            Width = 8,
            Channels = 1,
            Labels = conditional ? ["dark", "bright"] : null,
        };
        DiffusionModel model = Models.Architecture.Build(Models.Resolve(change?.Invoke(options) ?? options), Models.Cpu);
        model.Module.eval();
        return model;
    }

    private static Batch Inputs(bool conditional)
    {
        Dictionary<string, Tensor> tensors = new() { ["pixel_values"] = torch.zeros([3, 1, 8, 8]) };
        if (conditional)
            tensors["class_labels"] = torch.tensor(new long[] { 0, 1, 0 });
        return new Batch(tensors, 3, 192);
    }
}
