using System.Text.Json.Nodes;
using Tenon.DpmSolver;

namespace Tenon.Samplers.Tests;

/// <summary>A scheduler of diffusers in its own keys, and the same sampler here.</summary>
/// <param name="config">The scheduler's configuration; missing keys have diffusers' defaults.</param>
internal sealed class SchedulerCase(JsonObject config)
{
    private int Trained => Value("num_train_timesteps", 1000);

    /// <summary>Why no sampler here does the same; null: one does.</summary>
    public string? Unsupported => (Text("_class_name", ""), Text("timestep_spacing", "linspace"), Value("use_karras_sigmas", false)) switch
    {
        ("DDIMScheduler" or "DDPMScheduler" or "DPMSolverMultistepScheduler", _, _) => null,
        ("EulerDiscreteScheduler", "trailing", false) => null,
        ("EulerDiscreteScheduler" or "EulerAncestralDiscreteScheduler", _, _) =>
            "it visits fractional timesteps, and a denoiser's are whole",
        ("PNDMScheduler", _, _) => "no sampler here is a linear multistep method of fourth order",
        ("FlowMatchEulerDiscreteScheduler", _, _) => "a flow has no ᾱ",
        var (name, _, _) => $"no sampler here does what {name} does",
    };

    /// <summary>ᾱ of each training timestep.</summary>
    public float[] AlphasCumulative
    {
        get
        {
            double start = Value("beta_start", 1e-4), end = Value("beta_end", 0.02);
            float[] levels = BetaSchedules.AlphasCumulative(Text("beta_schedule", "linear") switch
            {
                "linear" => BetaSchedules.Linear(start, end, Trained),
                "scaled_linear" => BetaSchedules.ScaledLinear(start, end, Trained),
                "squaredcos_cap_v2" => BetaSchedules.SquaredCosine(Trained),
                var other => throw new InvalidOperationException($"The schedule '{other}' is not known."),
            });
            return Value("rescale_betas_zero_snr", false) ? BetaSchedules.WithZeroTerminalSignal(levels) : levels;
        }
    }

    public PredictionType Prediction => Text("prediction_type", "epsilon") switch
    {
        "epsilon" => PredictionType.Epsilon,
        "v_prediction" => PredictionType.Velocity,
        _ => PredictionType.Sample,
    };

    public ISampler Open(int steps)
    {
        var context = new SamplerContext([.. AlphasCumulative.Select(alpha => (double)alpha)], Prediction, steps);
        return Text("_class_name", "") switch
        {
            "DDIMScheduler" => new Ddim().Open(Shared(new DdimOptions { EndsAtFirstTimestep = !Value("set_alpha_to_one", true) }), context),
            "DDPMScheduler" => new Ddpm().Open(Shared(new DdpmOptions
            {
                Variance = Text("variance_type", "fixed_small") == "fixed_small" ? StepVariance.FixedSmall : StepVariance.FixedLarge,
            }), context),
            "DPMSolverMultistepScheduler" => new DpmSolver.DpmSolver().Open(
                new DpmSolverOptions { Karras = Value("use_karras_sigmas", false), Order = Value("solver_order", 2) }, context),
            "EulerDiscreteScheduler" => new Euler().Open(new EulerOptions { Trailing = true }, context),
            var name => throw new InvalidOperationException($"{name}: {Unsupported}."),
        };
    }

    private TOptions Shared<TOptions>(TOptions options) where TOptions : WalkOptions => options with
    {
        Clip = Value("clip_sample", true),
        ClipRange = Value("clip_sample_range", 1.0),
        ThresholdQuantile = Value("thresholding", false) ? Value("dynamic_thresholding_ratio", 0.995) : null,
        ThresholdLimit = Value("sample_max_value", 1.0),
        Spacing = Enum.Parse<Spacing>(Text("timestep_spacing", "leading"), ignoreCase: true),
        StepsOffset = Value("steps_offset", 0),
    };

    private string Text(string key, string missing) => (string?)config[key] ?? missing;

    private T Value<T>(string key, T missing) where T : struct => config[key]?.GetValue<T>() ?? missing;
}
