namespace Tenon.Samplers;

/// <summary>The variance of a step (Ho et al. 2020, section 3.2).</summary>
public enum StepVariance
{
    /// <summary>
    /// The posterior's, β̃_t = (1 − ᾱ_{t−1}) / (1 − ᾱ_t)·β_t: exact when the clean sample is a single point.
    /// </summary>
    FixedSmall,

    /// <summary>β_t: exact when the clean sample is standard normal.</summary>
    FixedLarge,
}

/// <summary>Options of DDPM.</summary>
public sealed record DdpmOptions : WalkOptions
{
    /// <summary>The variance of a step.</summary>
    public StepVariance Variance { get; init; } = StepVariance.FixedSmall;
}

/// <summary>Ancestral sampling: each step draws from p(x_{t−1} | x_t) (Ho et al. 2020, algorithm 2).</summary>
[Sampler("ddpm", "Ancestral sampling: noise is added in every step (Ho et al. 2020)")]
public sealed class Ddpm : ISamplerFactory<DdpmOptions>
{
    /// <summary>All training timesteps.</summary>
    /// <inheritdoc/>
    public int DefaultSteps(int timesteps) => timesteps;

    /// <inheritdoc/>
    public ISampler Open(DdpmOptions options, SamplerContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        return new Walk(options, context);
    }

    private sealed class Walk(DdpmOptions options, SamplerContext context) : ISampler
    {
        // Lower bound of the variance, as in the reference.
        private const float SmallestVariance = 1e-20f;
        private readonly NoiseLevels _levels = new(context.AlphasCumulative);

        public IReadOnlyList<int> Timesteps { get; } = options.Timesteps(context.Steps, context.AlphasCumulative.Count);

        public Tensor Step(Tensor sample, Tensor prediction, int step, Func<Tensor> noise)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int timestep = Timesteps[step], previous = step + 1 < Timesteps.Count ? Timesteps[step + 1] : -1;
            Tensor clean = options.Bound(_levels.Clean(context.Prediction, sample, prediction, timestep));
            Posterior posterior = _levels.Posterior(timestep, previous);
            Tensor result = Posterior.Mean(clean, sample, posterior);
            if (previous >= 0)
            {
                float variance =
                    options.Variance == StepVariance.FixedSmall ? Math.Max(posterior.Variance, SmallestVariance) : posterior.Beta;
                result = result + MathF.Sqrt(variance) * noise();
            }

            return result.MoveToOuterDisposeScope();
        }
    }
}
