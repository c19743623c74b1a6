namespace Tenon.Diffusion;

/// <summary>
/// The forward process q(x_t | x_0) = N(√ᾱ_t·x_0, (1 − ᾱ_t)·I) (Ho et al. 2020, equation 4). Holds numbers, no tensors.
/// </summary>
internal sealed class NoiseSchedule
{
    private const double LargestBeta = 0.999;
    private const double CosineOffset = 0.008;

    // float32 as in diffusers: 1 − ᾱ is about 1e-4 at the first timesteps, where rounding of ᾱ is a part in a thousand.
    private readonly float[] _alphasCumulative;

    public NoiseSchedule(DiffusionOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        Tensor betas = options.BetaSchedule switch
        {
            BetaSchedule.Linear => torch.linspace(options.BetaStart, options.BetaEnd, options.TrainTimesteps, torch.ScalarType.Float32),
            BetaSchedule.SquaredcosCapV2 => torch.tensor(SquaredCosine(options.TrainTimesteps), torch.ScalarType.Float32),
            _ => throw new ModelException($"'beta_schedule' is '{options.BetaSchedule}'. Allowed: {string.Join(", ", Enum.GetNames<BetaSchedule>())}."),
        };
        Betas = betas.data<float>().ToArray();
        _alphasCumulative = torch.cumprod(1.0 - betas, 0).data<float>().ToArray();
        AlphasCumulative = Array.ConvertAll(_alphasCumulative, alpha => (double)alpha);
    }

    /// <summary>β of each timestep.</summary>
    public IReadOnlyList<float> Betas { get; }

    /// <summary>ᾱ of each timestep.</summary>
    public IReadOnlyList<double> AlphasCumulative { get; }

    /// <summary>x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε.</summary>
    /// <param name="clean">x_0, [B, C, H, W].</param>
    /// <param name="noise">ε, [B, C, H, W].</param>
    /// <param name="timesteps">int64 [B] on the CPU.</param>
    /// <returns>[B, C, H, W] in the current dispose scope.</returns>
    public Tensor AddNoise(Tensor clean, Tensor noise, Tensor timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor signal, Tensor spread) = Shares(timesteps, clean.device);
        return (signal * clean + spread * noise).MoveToOuterDisposeScope();
    }

    /// <summary>What the network is to predict (Salimans and Ho 2022, section 4).</summary>
    /// <param name="prediction">Which of the three.</param>
    /// <param name="clean">x_0, [B, C, H, W].</param>
    /// <param name="noise">ε, [B, C, H, W].</param>
    /// <param name="timesteps">int64 [B] on the CPU.</param>
    /// <returns>[B, C, H, W]: one of the arguments, or a tensor in the current dispose scope.</returns>
    public Tensor Target(PredictionType prediction, Tensor clean, Tensor noise, Tensor timesteps) => prediction switch
    {
        PredictionType.Epsilon => noise,
        PredictionType.Sample => clean,
        PredictionType.Velocity => Velocity(clean, noise, timesteps),
        _ => throw new ModelException($"'prediction' is '{prediction}'. Allowed: {string.Join(", ", Enum.GetNames<PredictionType>())}."),
    };

    // v = √ᾱ_t·ε − √(1 − ᾱ_t)·x_0
    private Tensor Velocity(Tensor clean, Tensor noise, Tensor timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor signal, Tensor spread) = Shares(timesteps, clean.device);
        return (signal * noise - spread * clean).MoveToOuterDisposeScope();
    }

    // √ᾱ_t and √(1 − ᾱ_t), each [B, 1, 1, 1]
    private (Tensor Signal, Tensor Spread) Shares(Tensor timesteps, torch.Device device)
    {
        float[] alphas = [.. timesteps.data<long>().Select(t => _alphasCumulative[t])];
        long[] shape = [alphas.Length, 1, 1, 1];
        return (torch.tensor(Array.ConvertAll(alphas, MathF.Sqrt), shape, device: device),
            torch.tensor(Array.ConvertAll(alphas, alpha => MathF.Sqrt(1 - alpha)), shape, device: device));
    }

    private static double[] SquaredCosine(int timesteps)
    {
        double AlphaBar(double part) => Math.Pow(Math.Cos((part + CosineOffset) / (1 + CosineOffset) * Math.PI / 2), 2);
        return [.. Enumerable.Range(0, timesteps).Select(t =>
            Math.Min(1 - AlphaBar((t + 1.0) / timesteps) / AlphaBar((double)t / timesteps), LargestBeta))];
    }
}
