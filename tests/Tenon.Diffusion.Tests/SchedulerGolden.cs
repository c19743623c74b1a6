using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Diffusion.Tests;

/// <summary>
/// Reference data of diffusers' DDPMScheduler. The folder's config.json has the settings, its README the noise prediction of the
/// chains, and the names of its outputs the cases.
/// </summary>
internal static class SchedulerGolden
{
    public const string Folder = "ddpm-schedulers";

    public static IReadOnlyDictionary<string, BetaSchedule> Schedules { get; } = new Dictionary<string, BetaSchedule>
    {
        ["linear"] = BetaSchedule.Linear,
        ["squaredcos_cap_v2"] = BetaSchedule.SquaredcosCapV2,
    };

    public static IReadOnlyDictionary<string, PredictionType> Predictions { get; } = new Dictionary<string, PredictionType>
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["v_prediction"] = PredictionType.Velocity,
        ["sample"] = PredictionType.Sample,
    };

    public static IReadOnlyDictionary<string, StepVariance> Variances { get; } = new Dictionary<string, StepVariance>
    {
        ["fixed_small"] = StepVariance.FixedSmall,
        ["fixed_large"] = StepVariance.FixedLarge,
    };

    public static int TrainTimesteps => (int)Config["num_train_timesteps"]!;

    public static double BetaStart => (double)Config["beta_start"]!;

    public static double BetaEnd => (double)Config["beta_end"]!;

    /// <summary>The largest absolute value of a clipped sample.</summary>
    public static double ClipRange => (double)Config["clip_sample_range"]!;

    /// <summary>The names of the outputs.</summary>
    public static IReadOnlyList<string> Outputs { get; } = Goldens.Names(Folder, "outputs.safetensors");

    /// <summary>The schedules that the outputs cover.</summary>
    public static IReadOnlyList<string> ScheduleNames { get; } = [.. Between("", ".betas")];

    /// <summary>The numbers of steps whose timesteps are outputs.</summary>
    public static IReadOnlyList<int> StepCounts { get; } = [.. Between("timesteps.", "").Select(int.Parse)];

    private static JsonObject Config { get; } = Goldens.Config(Folder);

    /// <summary>The rest of each output's name that begins and ends with these.</summary>
    public static IEnumerable<string> Between(string start, string end) => Outputs
        .Where(name => name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(end, StringComparison.Ordinal))
        .Select(name => name[start.Length..^end.Length]);

    public static DiffusionOptions Options(string schedule) =>
        new() { BetaSchedule = Schedules[schedule], TrainTimesteps = TrainTimesteps, BetaStart = BetaStart, BetaEnd = BetaEnd };

    public static NoiseLevels Levels(string schedule) => DiffusionSchedule.Levels(Options(schedule));

    public static DdpmOptions Sampling(StepVariance variance, bool clip) => new()
    {
        Variance = variance,
        Clip = clip,
        ClipRange = ClipRange,
        Spacing = Enum.Parse<Spacing>((string)Config["timestep_spacing"]!, ignoreCase: true),
        StepsOffset = (int)Config["steps_offset"]!,
    };

    /// <summary>The prediction of the chains: eps(x,t) = tanh(x)*(0.5+t/2000).</summary>
    public static Tensor ChainPrediction(Tensor sample, int timestep) =>
        sample.tanh() * (0.5 + timestep / double.Parse(Goldens.Documented(Folder, @"tanh\(x\)\*\(0\.5\+t/(?<value>\d+)\)"), CultureInfo.InvariantCulture));
}
