namespace Tenon.Layers;

/// <summary>Noise schedules: β_t, the variance of the noise that each of T training timesteps adds.</summary>
public static class BetaSchedules
{
    private const double LargestBeta = 0.999;
    private const double CosineOffset = 0.008;

    /// <summary>Linear (Ho et al. 2020, section 4).</summary>
    /// <param name="start">β of the first timestep, in (0, 1).</param>
    /// <param name="end">β of the last timestep, in (0, 1).</param>
    /// <param name="timesteps">T, at least 1.</param>
    public static float[] Linear(double start, double end, int timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. torch.linspace(start, end, timesteps, torch.ScalarType.Float32).data<float>()];
    }

    /// <summary>√β is linear (latent diffusion, Rombach et al. 2022; diffusers' <c>scaled_linear</c>).</summary>
    /// <param name="start">β of the first timestep, in (0, 1).</param>
    /// <param name="end">β of the last timestep, in (0, 1).</param>
    /// <param name="timesteps">T, at least 1.</param>
    public static float[] ScaledLinear(double start, double end, int timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. torch.linspace(Math.Sqrt(start), Math.Sqrt(end), timesteps, torch.ScalarType.Float32).square().data<float>()];
    }

    /// <summary>ᾱ follows a squared cosine; β is at most 0.999 (Nichol and Dhariwal 2021, equation 17).</summary>
    /// <param name="timesteps">T, at least 1.</param>
    public static float[] SquaredCosine(int timesteps)
    {
        static double AlphaBar(double part) => Math.Pow(Math.Cos((part + CosineOffset) / (1 + CosineOffset) * Math.PI / 2), 2);
        return [.. Enumerable.Range(0, timesteps).Select(t =>
            (float)Math.Min(1 - AlphaBar((t + 1.0) / timesteps) / AlphaBar((double)t / timesteps), LargestBeta))];
    }

    /// <summary>ᾱ of each timestep: the cumulative product of 1 − β.</summary>
    /// <param name="betas">β of each timestep.</param>
    public static float[] AlphasCumulative(IEnumerable<float> betas)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. torch.cumprod(1.0 - torch.tensor(betas.ToArray()), 0).data<float>()];
    }

    /// <summary>
    /// Shifts and scales √ᾱ so that the last timestep is pure noise (Lin et al. 2024, algorithm 1). A model with such a
    /// schedule cannot predict ε, which contains no information about the clean sample at that timestep.
    /// </summary>
    /// <param name="alphasCumulative">ᾱ of each timestep; at least two.</param>
    public static float[] WithZeroTerminalSignal(IReadOnlyList<float> alphasCumulative)
    {
        ArgumentNullException.ThrowIfNull(alphasCumulative);
        float first = MathF.Sqrt(alphasCumulative[0]), last = MathF.Sqrt(alphasCumulative[^1]);
        return [.. alphasCumulative.Select(alpha => MathF.Sqrt(alpha) - last).Select(shifted => shifted * (first / (first - last)))
            .Select(signal => signal * signal)];
    }
}
