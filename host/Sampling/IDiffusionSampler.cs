using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Sampling;

/// <summary>The result of one denoising step. Tensors are in the current dispose scope.</summary>
/// <param name="Previous">The sample at the timestep before, [B, C, H, W].</param>
/// <param name="Clean">The clean image that the step aims at, [B, C, H, W].</param>
public sealed record DenoisingStep(Tensor Previous, Tensor Clean);

/// <summary>One step of a chain from noise to an image. Knows noise levels, not the model. Stateless.</summary>
public interface IDiffusionSampler
{
    /// <summary>Goes from timestep t to the one that the chain visits next.</summary>
    /// <param name="sample">x_t, float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="prediction">The network's output for it, float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="timestep">t.</param>
    /// <param name="previous">The next timestep of the chain, lower than t; negative: the clean image.</param>
    /// <param name="noise">Draws standard normal noise [B, C, H, W]; called only when the step needs some. The result is not disposed.</param>
    DenoisingStep Step(Tensor sample, Tensor prediction, int timestep, int previous, Func<Tensor> noise);
}

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

/// <summary>
/// Denoising diffusion implicit models (Song, Meng and Ermon 2021, equation 12): few steps, and without noise of its own
/// when η is 0, so that the image is a function of the first noise.
/// </summary>
/// <param name="levels">The model's noise levels.</param>
/// <param name="eta">η, 0 (deterministic) to 1 (the posterior's variance).</param>
/// <param name="clip">Whether the clean image that a step aims at is clipped to [-1, 1].</param>
public sealed class DdimSampler(NoiseLevels levels, double eta = 0, bool clip = true) : IDiffusionSampler
{
    private readonly float _eta = eta is >= 0 and <= 1
        ? (float)eta
        : throw new ArgumentOutOfRangeException(nameof(eta), eta, "η must be between 0 (deterministic) and 1 (as random as DDPM).");

    /// <inheritdoc/>
    public DenoisingStep Step(Tensor sample, Tensor prediction, int timestep, int previous, Func<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(noise);
        using DisposeScope scope = torch.NewDisposeScope();
        float alphaBar = levels.AlphaCumulative(timestep);
        float alphaBarPrevious = levels.AlphaCumulative(previous);
        // σ_t² of equation 16.
        float variance = (1 - alphaBarPrevious) / (1 - alphaBar) * (1 - alphaBar / alphaBarPrevious);
        float deviation = _eta * MathF.Sqrt(variance);

        Tensor clean = levels.Clean(sample, prediction, timestep);
        Tensor direction = levels.Noise(sample, prediction, clean, timestep);
        if (clip)
            clean = clean.clamp(-1, 1);

        Tensor result = MathF.Sqrt(alphaBarPrevious) * clean + MathF.Sqrt(1 - alphaBarPrevious - deviation * deviation) * direction;
        if (deviation > 0)
            result = result + deviation * noise();
        return new DenoisingStep(result.MoveToOuterDisposeScope(), clean.MoveToOuterDisposeScope());
    }
}
