using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

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
