using Tenon.Host.Inference.Images;
using Xunit.Abstractions;

namespace Tenon.Diffusion.Tests;

/// <summary>Against diffusers' DDPMScheduler and DDIMScheduler (tests/data/goldens/ddpm-schedulers, ddim-trajectory).</summary>
public sealed class SamplerTests(ITestOutputHelper output) : IDisposable
{
    private static readonly Dictionary<string, BetaSchedule> Schedules = new()
    {
        ["linear"] = BetaSchedule.Linear,
        ["squaredcos_cap_v2"] = BetaSchedule.SquaredcosCapV2,
    };

    private static readonly Dictionary<string, PredictionType> Predictions = new()
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["v_prediction"] = PredictionType.Velocity,
        ["sample"] = PredictionType.Sample,
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string> Names => [.. Schedules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Tables_and_the_forward_process_are_the_references(string schedule)
    {
        Dictionary<string, Tensor> inputs = Golden.Tensors("ddpm-schedulers", "inputs.safetensors");
        Dictionary<string, Tensor> expected = Golden.Tensors("ddpm-schedulers", "outputs.safetensors");
        DiffusionOptions options = new() { BetaSchedule = Schedules[schedule] };
        NoiseLevels levels = DiffusionSchedule.Levels(options);
        long[] timesteps = [.. inputs["add_noise_timesteps"].data<long>()];

        Differs($"{schedule}.betas", torch.tensor(DiffusionSchedule.Betas(options)), expected).Should().BeLessThan(1e-9);
        Differs($"{schedule}.alphas_cumprod", torch.tensor(levels.AlphasCumulative.ToArray()), expected).Should().BeLessThan(1e-7);
        Differs($"{schedule}.add_noise", levels.AddNoise(inputs["x0"], inputs["noise"], timesteps), expected).Should().BeLessThan(1e-6);
        Differs($"{schedule}.get_velocity", levels.Target(PredictionType.Velocity, inputs["x0"], inputs["noise"], timesteps), expected)
            .Should().BeLessThan(1e-6);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(1000)]
    public void Timesteps_are_the_references(int steps)
    {
        Tensor expected = Golden.Tensors("ddpm-schedulers", "outputs.safetensors")[$"timesteps.{steps}"];
        TimestepSpacing.Leading(steps, 1000).Should().Equal(expected.data<long>().ToArray().Select(t => (int)t));
    }

    [Fact]
    public void Every_ancestral_step_is_the_references()
    {
        Dictionary<string, Tensor> inputs = Golden.Tensors("ddpm-schedulers", "inputs.safetensors");
        Dictionary<string, Tensor> expected = Golden.Tensors("ddpm-schedulers", "outputs.safetensors");
        string[] cases = [.. expected.Keys.Where(key => key.StartsWith("step.", StringComparison.Ordinal) && key.EndsWith(".prev_sample", StringComparison.Ordinal))
            .Select(key => key[..^".prev_sample".Length])];
        double worst = 0;

        foreach (string name in cases)
        {
            // step.<schedule>.<prediction>.<variance>.clip<0|1>.n<steps>.t<timestep>
            string[] parts = name.Split('.');
            int steps = int.Parse(parts[5][1..]), timestep = int.Parse(parts[6][1..]);
            NoiseLevels levels = Levels(parts[1]);
            PredictionType prediction = Predictions[parts[2]];
            bool clip = parts[4] == "clip1";
            ISampler sampler = new Ddpm().Open(
                new DdpmOptions { Variance = parts[3] == "fixed_small" ? StepVariance.FixedSmall : StepVariance.FixedLarge, Clip = clip },
                new SamplerContext(levels.AlphasCumulative, prediction, steps));
            Tensor previous = sampler.Step(inputs["sample"], inputs["model_output"], sampler.Timesteps.Index().First(t => t.Item == timestep).Index, () => inputs["step_noise"]);
            Tensor clean = levels.Clean(prediction, inputs["sample"], inputs["model_output"], timestep);
            worst = Math.Max(worst, Relative($"{name}.prev_sample", previous, expected));
            worst = Math.Max(worst, Relative($"{name}.pred_original_sample", clip ? clean.clamp(-1, 1) : clean, expected));
        }

        output.WriteLine($"{cases.Length} steps, largest difference: {worst:E2}");
        cases.Should().NotBeEmpty();
        worst.Should().BeLessThan(1e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_ancestral_chain_is_the_references(string schedule)
    {
        Dictionary<string, Tensor> inputs = Golden.Tensors("ddpm-schedulers", "inputs.safetensors");
        Tensor expected = Golden.Tensors("ddpm-schedulers", "outputs.safetensors")[$"chain.{schedule}"];
        ISampler sampler = new Ddpm().Open(new DdpmOptions(), new SamplerContext(Levels(schedule).AlphasCumulative, PredictionType.Epsilon, (int)expected.size(0) - 1));
        Tensor sample = inputs["sample"];
        double worst = Golden.Difference(sample, expected[0]);

        foreach ((int timestep, int i) in sampler.Timesteps.Select((timestep, i) => (timestep, i)))
        {
            Tensor prediction = sample.tanh() * (0.5 + timestep / 2000.0);
            sample = sampler.Step(sample, prediction, i, () => inputs["chain_noise"][i]);
            worst = Math.Max(worst, Golden.Difference(sample, expected[i + 1]));
        }

        output.WriteLine($"{worst:E2}");
        worst.Should().BeLessThan(1e-5);
    }

    // Tolerances are ten times what float32 and float64 differ by in the reference.
    [Theory]
    [InlineData("linear", true, 3.9e-3)]
    [InlineData("linear", false, 1.6e-3)]
    [InlineData("squaredcos_cap_v2", true, 3.9e-4)]
    [InlineData("squaredcos_cap_v2", false, 2.6e-4)]
    public void A_deterministic_trajectory_is_the_references(string schedule, bool clip, double tolerance)
    {
        using DiffusionModel model = Golden.TinyModel(options => options with { BetaSchedule = Schedules[schedule] });
        Dictionary<string, Tensor> expected = Golden.Tensors("ddim-trajectory", "outputs.safetensors");
        string name = $"{schedule}.clip{(clip ? 1 : 0)}";
        Tensor trajectory = expected[$"{name}.trajectory"];
        ISampler sampler = new Ddim().Open(
            new DdimOptions { Clip = clip }, new SamplerContext(model.AlphasCumulative, model.Prediction, (int)expected["timesteps"].numel()));
        sampler.Timesteps.Should().Equal(expected["timesteps"].data<long>().ToArray().Select(t => (int)t));
        Tensor sample = Golden.Tensors("ddim-trajectory", "inputs.safetensors")["initial_noise"];
        using IDisposable noGrad = torch.no_grad();
        double worst = 0;

        foreach ((int timestep, int i) in sampler.Timesteps.Select((timestep, i) => (timestep, i)))
        {
            Tensor prediction = ClassifierFreeGuidance.Predict(model, sample, timestep, conditioning: null, scale: 1);
            if (i == 0)
                Golden.Difference(prediction, expected[$"{name}.eps_first"]).Should().BeLessThan(1.8e-5);
            sample = sampler.Step(sample, prediction, i, NoNoise);
            worst = Math.Max(worst, Golden.Difference(sample, trajectory[i + 1]));
        }

        output.WriteLine($"{worst:E2} of {tolerance:E2}");
        worst.Should().BeLessThan(tolerance);
    }

    [Fact]
    public void Ddim_with_eta_1_is_ddpm()
    {
        Dictionary<string, Tensor> inputs = Golden.Tensors("ddpm-schedulers", "inputs.safetensors");
        SamplerContext context = new(Levels("squaredcos_cap_v2").AlphasCumulative, PredictionType.Velocity, Steps: 50);
        int step = 25; // timestep 480 of 980, 960, …

        Tensor implicitStep = new Ddim().Open(new() { Eta = 1, Clip = false }, context).Step(inputs["sample"], inputs["model_output"], step, () => inputs["step_noise"]);
        Tensor ancestral = new Ddpm().Open(new() { Clip = false }, context).Step(inputs["sample"], inputs["model_output"], step, () => inputs["step_noise"]);

        Golden.Difference(implicitStep, ancestral).Should().BeLessThan(1e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void Refuses_more_steps_than_timesteps(int steps)
    {
        Action act = () => TimestepSpacing.Leading(steps, 1000);
        act.Should().Throw<ModelException>().WithMessage("*1000 timesteps. Take 1 to 1000 steps.");
    }

    private static Tensor NoNoise() => throw new InvalidOperationException("A deterministic step draws no noise.");

    private static NoiseLevels Levels(string schedule) => DiffusionSchedule.Levels(new DiffusionOptions { BetaSchedule = Schedules[schedule] });

    private double Differs(string name, Tensor found, Dictionary<string, Tensor> expected)
    {
        double difference = Golden.Difference(found, expected[name]);
        output.WriteLine($"{name}: {difference:E2}");
        return difference;
    }

    private static double Relative(string name, Tensor found, Dictionary<string, Tensor> expected) =>
        Golden.Difference(found, expected[name]) / Math.Max(1, expected[name].abs().max().item<float>());
}
