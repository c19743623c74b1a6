using System.Globalization;
using Tenon.Host.Inference.Images;
using Xunit.Abstractions;

namespace Tenon.Diffusion.Tests;

/// <summary>Against diffusers' DDPMScheduler and DDIMScheduler (tests/data/goldens/ddpm-schedulers, ddim-trajectory).</summary>
public sealed class SamplerTests(ITestOutputHelper output) : IDisposable
{
    private const string Walks = "ddim-trajectory";
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly Dictionary<string, Tensor> _inputs = Goldens.Read(SchedulerGolden.Folder, "inputs.safetensors");
    private readonly Dictionary<string, Tensor> _expected = Goldens.Read(SchedulerGolden.Folder, "outputs.safetensors");

    public static TheoryData<string> Schedules => [.. SchedulerGolden.ScheduleNames];

    public static TheoryData<int> StepCounts => [.. SchedulerGolden.StepCounts];

    public static TheoryData<string> Chains => [.. SchedulerGolden.Between("chain.", "")];

    public static TheoryData<string> Trajectories =>
        [.. Goldens.Names(Walks, "outputs.safetensors").Where(name => name.EndsWith(".trajectory", StringComparison.Ordinal))
            .Select(name => name[..^".trajectory".Length])];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Tables_and_the_forward_process_equal_the_reference(string schedule)
    {
        NoiseLevels levels = SchedulerGolden.Levels(schedule);
        long[] timesteps = [.. _inputs["add_noise_timesteps"].data<long>()];

        Differs($"{schedule}.betas", torch.tensor(DiffusionSchedule.Betas(SchedulerGolden.Options(schedule)))).Should().BeLessThan(1e-9);
        Differs($"{schedule}.alphas_cumprod", torch.tensor(levels.AlphasCumulative.ToArray())).Should().BeLessThan(1e-7);
        Differs($"{schedule}.add_noise", levels.AddNoise(_inputs["x0"], _inputs["noise"], timesteps)).Should().BeLessThan(1e-6);
        Differs($"{schedule}.get_velocity", levels.Target(PredictionType.Velocity, _inputs["x0"], _inputs["noise"], timesteps)).Should()
            .BeLessThan(1e-6);
    }

    [Theory]
    [MemberData(nameof(StepCounts))]
    public void Timesteps_equal_the_reference(int steps) =>
        Open(SchedulerGolden.ScheduleNames[0], SchedulerGolden.Sampling(StepVariance.FixedSmall, clip: true), PredictionType.Epsilon, steps)
            .Timesteps.Should().Equal(_expected[$"timesteps.{steps}"].data<long>().ToArray().Select(t => (int)t));

    [Fact]
    public void Every_ancestral_step_equals_the_reference()
    {
        List<(string Schedule, int Steps)> covered = [];
        double worst = 0;

        string[] cases = [.. SchedulerGolden.Between("step.", ".prev_sample")];
        foreach (string name in cases)
        {
            // <schedule>.<prediction>.<variance>.clip<0|1>.n<steps>.t<timestep>
            string[] parts = name.Split('.');
            int steps = int.Parse(parts[4][1..], CultureInfo.InvariantCulture),
            timestep = int.Parse(parts[5][1..], CultureInfo.InvariantCulture);
            PredictionType prediction = SchedulerGolden.Predictions[parts[1]];
            bool clip = parts[3] == "clip1";
            ISampler sampler = Open(parts[0], SchedulerGolden.Sampling(SchedulerGolden.Variances[parts[2]], clip), prediction, steps);
            int step = sampler.Timesteps.Index().First(t => t.Item == timestep).Index;
            Tensor previous = sampler.Step(_inputs["sample"], _inputs["model_output"], step, () => _inputs["step_noise"]);
            Tensor clean = SchedulerGolden.Levels(parts[0]).Clean(prediction, _inputs["sample"], _inputs["model_output"], timestep);
            double range = SchedulerGolden.ClipRange;
            worst = Math.Max(worst, Relative($"step.{name}.prev_sample", previous));
            worst = Math.Max(worst, Relative($"step.{name}.pred_original_sample", clip ? clean.clamp(-range, range) : clean));
            covered.Add((parts[0], steps));
        }

        output.WriteLine($"{cases.Length} steps, largest difference: {worst:E2}");
        worst.Should().BeLessThan(1e-6);
        // Two outputs for each case, and cases for each schedule with each number of steps.
        (2 * cases.Length).Should().Be(SchedulerGolden.Between("step.", "").Count());
        covered.Distinct().Should().BeEquivalentTo(
            from schedule in SchedulerGolden.ScheduleNames from steps in SchedulerGolden.StepCounts select (schedule, steps));
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void An_ancestral_chain_equals_the_reference(string schedule)
    {
        Tensor expected = _expected[$"chain.{schedule}"];
        ISampler sampler = Open(
            schedule, SchedulerGolden.Sampling(StepVariance.FixedSmall, clip: true), PredictionType.Epsilon, (int)expected.size(0) - 1);
        Tensor sample = _inputs["sample"];
        double worst = Goldens.Difference(sample, expected[0]);

        foreach ((int i, int timestep) in sampler.Timesteps.Index())
        {
            sample = sampler.Step(sample, SchedulerGolden.ChainPrediction(sample, timestep), i, () => _inputs["chain_noise"][i]);
            worst = Math.Max(worst, Goldens.Difference(sample, expected[i + 1]));
        }

        output.WriteLine($"{worst:E2}");
        worst.Should().BeLessThan(1e-5);
    }

    [Theory]
    [MemberData(nameof(Trajectories))]
    public void A_deterministic_trajectory_equals_the_reference(string name)
    {
        string[] parts = name.Split('.'); // <schedule>.clip<0|1>
        string reference = Documented(@"\.\./(?<value>[\w-]+)");
        double tolerance = 10 * Goldens.Noise(Walks, name);
        using DiffusionModel model = Models.TinyModel(Scheduled, reference);
        Dictionary<string, Tensor> expected = Goldens.Read(Walks, "outputs.safetensors");
        Tensor trajectory = expected[$"{name}.trajectory"];
        ISampler sampler = new Ddim().Open(
            new DdimOptions { Clip = parts[1] == "clip1" },
            new SamplerContext(model.AlphasCumulative, model.Prediction, (int)expected["timesteps"].numel()));
        sampler.Timesteps.Should().Equal(expected["timesteps"].data<long>().ToArray().Select(t => (int)t));
        Tensor sample = Goldens.Read(Walks, "inputs.safetensors")["initial_noise"];
        using IDisposable noGrad = torch.no_grad();
        double worst = Goldens.Difference(sample, trajectory[0]);

        foreach ((int i, int timestep) in sampler.Timesteps.Index())
        {
            Tensor prediction = ClassifierFreeGuidance.Predict(model, sample, timestep, conditioning: null, scale: 1);
            if (i == 0)
                Goldens.Difference(prediction, expected[$"{name}.eps_first"]).Should()
                    .BeLessThan(10 * Goldens.Noise(reference, "noise_pred"));
            sample = sampler.Step(sample, prediction, i, NoNoise);
            worst = Math.Max(worst, Goldens.Difference(sample, trajectory[i + 1]));
        }

        output.WriteLine($"{worst:E2} of {tolerance:E2}");
        worst.Should().BeLessThan(tolerance);

        DiffusionOptions Scheduled(DiffusionOptions options) => options with
        {
            BetaSchedule = SchedulerGolden.Schedules[parts[0]],
            TrainTimesteps = int.Parse(Documented(@"num_train_timesteps (?<value>\d+)"), CultureInfo.InvariantCulture),
            BetaStart = double.Parse(Documented(@"beta (?<value>[\d.e-]+?)\.\."), CultureInfo.InvariantCulture),
            BetaEnd = double.Parse(Documented(@"beta [\d.e-]+?\.\.(?<value>[\d.e-]+)"), CultureInfo.InvariantCulture),
            Prediction = SchedulerGolden.Predictions[Documented(@"prediction (?<value>epsilon|v_prediction|sample)")],
        };
    }

    [Fact]
    public void Ddim_with_eta_1_is_ddpm()
    {
        int steps = SchedulerGolden.TrainTimesteps / 20, step = steps / 2;
        SamplerContext context = new(SchedulerGolden.Levels("squaredcos_cap_v2").AlphasCumulative, PredictionType.Velocity, steps);

        Tensor implicitStep = new Ddim().Open(new() { Eta = 1, Clip = false }, context)
            .Step(_inputs["sample"], _inputs["model_output"], step, () => _inputs["step_noise"]);
        Tensor ancestral = new Ddpm().Open(new() { Clip = false }, context)
            .Step(_inputs["sample"], _inputs["model_output"], step, () => _inputs["step_noise"]);

        Goldens.Difference(implicitStep, ancestral).Should().BeLessThan(1e-5);
    }

    private static string Documented(string pattern) => Goldens.Documented(Walks, pattern);

    private static Tensor NoNoise() => throw new InvalidOperationException("A deterministic step draws no noise.");

    private static ISampler Open(string schedule, DdpmOptions options, PredictionType prediction, int steps) =>
        new Ddpm().Open(options, new SamplerContext(SchedulerGolden.Levels(schedule).AlphasCumulative, prediction, steps));

    private double Differs(string name, Tensor found)
    {
        double difference = Goldens.Difference(found, _expected[name]);
        output.WriteLine($"{name}: {difference:E2}");
        return difference;
    }

    private double Relative(string name, Tensor found) =>
        Goldens.Difference(found, _expected[name]) / Math.Max(1, _expected[name].abs().max().item<float>());
}
