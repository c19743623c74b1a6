using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>The variance of a step of <see cref="DdpmSampler"/> (Ho et al. 2020, section 3.2).</summary>
public enum SamplingVariance
{
    /// <summary>The posterior's, β̃_t = (1 − ᾱ_{t−1})/(1 − ᾱ_t)·β_t.</summary>
    FixedSmall,

    /// <summary>β_t.</summary>
    FixedLarge,
}

/// <summary>Ancestral sampling: each step draws from p(x_{t−1} | x_t) (Ho et al. 2020, algorithm 2).</summary>
/// <param name="levels">The model's noise levels.</param>
/// <param name="variance">The variance of a step.</param>
/// <param name="clip">Whether the clean image that a step aims at is clipped to [-1, 1].</param>
public sealed class DdpmSampler(NoiseLevels levels, SamplingVariance variance = SamplingVariance.FixedSmall, bool clip = true) : IDiffusionSampler
{
    // Keeps the logarithm and the square root of a vanishing variance finite, as in the reference.
    private const float SmallestVariance = 1e-20f;

    /// <inheritdoc/>
    public DenoisingStep Step(Tensor sample, Tensor prediction, int timestep, int previous, Func<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(noise);
        using DisposeScope scope = torch.NewDisposeScope();
        float alphaBar = levels.AlphaCumulative(timestep);
        float alphaBarPrevious = levels.AlphaCumulative(previous);
        // A chain that leaves timesteps out has the α of the whole stride.
        float alpha = alphaBar / alphaBarPrevious;
        float beta = 1 - alpha;

        Tensor clean = levels.Clean(sample, prediction, timestep);
        if (clip)
            clean = clean.clamp(-1, 1);

        // Mean of q(x_{t−1} | x_t, x̂_0), equation 7.
        float cleanShare = MathF.Sqrt(alphaBarPrevious) * beta / (1 - alphaBar);
        float sampleShare = MathF.Sqrt(alpha) * (1 - alphaBarPrevious) / (1 - alphaBar);
        Tensor result = cleanShare * clean + sampleShare * sample;
        if (timestep > 0)
        {
            float posterior = Math.Max((1 - alphaBarPrevious) / (1 - alphaBar) * beta, SmallestVariance);
            result = result + MathF.Sqrt(variance == SamplingVariance.FixedSmall ? posterior : beta) * noise();
        }

        return new DenoisingStep(result.MoveToOuterDisposeScope(), clean.MoveToOuterDisposeScope());
    }
}
