using System.ComponentModel.DataAnnotations;

namespace Tenon.Samplers;

/// <summary>Options of DDIM.</summary>
public sealed record DdimOptions : WalkOptions
{
    /// <summary>
    /// η. With 0, no noise is added, so the image is a function of the initial noise; with 1, as much noise is added as in
    /// DDPM.
    /// </summary>
    [Range(0.0, 1.0)]
    public double Eta { get; init; }

    /// <summary>
    /// Whether the last step ends at the noise level of timestep 0 instead of at the clean sample (diffusers'
    /// <c>set_alpha_to_one: false</c>, for models that need it).
    /// </summary>
    public bool EndsAtFirstTimestep { get; init; }
}

/// <summary>Denoising diffusion implicit models (Song, Meng and Ermon 2021, equation 12): few steps, deterministic by default.</summary>
[Sampler("ddim", "Implicit sampling: few steps, deterministic by default (Song et al. 2021)")]
public sealed class Ddim : ISamplerFactory<DdimOptions>
{
    /// <inheritdoc/>
    public ISampler Open(DdimOptions options, SamplerContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        return new Walk(options, context);
    }

    private sealed class Walk(DdimOptions options, SamplerContext context) : ISampler
    {
        private readonly NoiseLevels _levels = new(context.AlphasCumulative)
        {
            FinalAlphaCumulative = options.EndsAtFirstTimestep ? (float)context.AlphasCumulative[0] : 1,
        };

        private readonly float _eta = (float)options.Eta;

        public IReadOnlyList<int> Timesteps { get; } = options.Timesteps(context.Steps, context.AlphasCumulative.Count);

        public Tensor Step(Tensor sample, Tensor prediction, int step, Func<Tensor> noise)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int timestep = Timesteps[step];
            // As in diffusers, even for spacings whose gaps differ by one.
            int previous = timestep - _levels.Count / context.Steps;
            float there = _levels.AlphaCumulative(previous);
            float deviation = _eta * MathF.Sqrt(_levels.Posterior(timestep, previous).Variance); // σ_t, equation 16

            Tensor clean = options.Bound(_levels.Clean(context.Prediction, sample, prediction, timestep));
            Tensor direction = _levels.Noise(context.Prediction, sample, prediction, timestep);
            Tensor result = MathF.Sqrt(there) * clean + MathF.Sqrt(1 - there - deviation * deviation) * direction;
            if (deviation > 0)
                result = result + deviation * noise();
            return result.MoveToOuterDisposeScope();
        }
    }
}
