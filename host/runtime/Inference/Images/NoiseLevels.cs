using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// The noise levels of a denoiser and what follows from them: which timesteps a sampler visits, and how the network's
/// prediction turns into a clean image and noise. Computes coefficients in float32, as diffusers does: the first
/// timesteps subtract numbers that differ by one part in ten thousand, and another precision is another trajectory.
/// </summary>
public sealed class NoiseLevels
{
    private readonly float[] _alphasCumulative;
    private readonly PredictionType _prediction;

    /// <summary>Takes the levels.</summary>
    /// <param name="alphasCumulative">ᾱ of each training timestep, as in <see cref="IDenoiser.AlphasCumulative"/>; at least one.</param>
    /// <param name="prediction">What the network predicts.</param>
    public NoiseLevels(IReadOnlyList<double> alphasCumulative, PredictionType prediction)
    {
        ArgumentNullException.ThrowIfNull(alphasCumulative);
        ArgumentOutOfRangeException.ThrowIfZero(alphasCumulative.Count, nameof(alphasCumulative));
        _alphasCumulative = [.. alphasCumulative.Select(alpha => (float)alpha)];
        _prediction = prediction;
    }

    /// <summary>Number of training timesteps, T.</summary>
    public int Count => _alphasCumulative.Length;

    /// <summary>
    /// The timesteps that a chain visits, highest first: every ⌊T/n⌋-th from 0 (diffusers' spacing <c>leading</c>).
    /// </summary>
    /// <param name="steps">Number of denoising steps, n, in 1 … T.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 or more than T steps.</exception>
    public IReadOnlyList<int> Timesteps(int steps)
    {
        if (steps < 1 || steps > Count)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"The model was trained with {Count} timesteps: take 1 to {Count} steps.");
        int stride = Count / steps;
        return [.. Enumerable.Range(0, steps).Reverse().Select(step => step * stride)];
    }

    /// <summary>ᾱ_t; 1, no noise at all, below timestep 0.</summary>
    /// <param name="timestep">Below T.</param>
    internal float AlphaCumulative(int timestep) => timestep < 0 ? 1 : _alphasCumulative[timestep];

    /// <summary>The clean image x̂_0 that a prediction stands for.</summary>
    /// <param name="sample">x_t, [B, C, H, W].</param>
    /// <param name="prediction">The network's output, [B, C, H, W].</param>
    /// <param name="timestep">t.</param>
    internal Tensor Clean(Tensor sample, Tensor prediction, int timestep)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (float signal, float spread) = Shares(timestep);
        Tensor clean = _prediction switch
        {
            PredictionType.Epsilon => (sample - spread * prediction) / signal, // Ho et al. 2020, equation 15
            PredictionType.Velocity => signal * sample - spread * prediction, // Salimans and Ho 2022, appendix D
            PredictionType.Sample => prediction.alias(),
            _ => throw new ModelException($"The model predicts '{_prediction}'. Samplers know: {string.Join(", ", Enum.GetNames<PredictionType>())}."),
        };
        return clean.MoveToOuterDisposeScope();
    }

    /// <summary>The noise ε that a prediction stands for, with the clean image that <see cref="Clean"/> gave.</summary>
    /// <param name="sample">x_t, [B, C, H, W].</param>
    /// <param name="prediction">The network's output, [B, C, H, W].</param>
    /// <param name="clean">x̂_0 before clipping, [B, C, H, W].</param>
    /// <param name="timestep">t.</param>
    internal Tensor Noise(Tensor sample, Tensor prediction, Tensor clean, int timestep)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (float signal, float spread) = Shares(timestep);
        Tensor noise = _prediction switch
        {
            PredictionType.Epsilon => prediction.alias(),
            PredictionType.Velocity => signal * prediction + spread * sample,
            _ => (sample - signal * clean) / spread,
        };
        return noise.MoveToOuterDisposeScope();
    }

    // √ᾱ_t and √(1 − ᾱ_t)
    private (float Signal, float Spread) Shares(int timestep)
    {
        float alpha = AlphaCumulative(timestep);
        return (MathF.Sqrt(alpha), MathF.Sqrt(1 - alpha));
    }
}
