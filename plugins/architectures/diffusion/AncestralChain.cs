namespace Tenon.Diffusion;

/// <summary>
/// The reverse process as a chain of Gaussians p(x_s | x_t) = N(µ, σ²·I) between the visited timesteps (Ho et al. 2020,
/// equations 1 and 7), with the sampling options that are stored in the model folder. Holds no tensors.
/// </summary>
/// <param name="options">Prediction, clipping and variance.</param>
/// <param name="levels">The noise levels.</param>
internal sealed class AncestralChain(DiffusionOptions options, NoiseLevels levels)
{
    /// <summary>The visited timesteps, highest first: every ⌊T/n⌋-th down to 0.</summary>
    /// <param name="steps">n, in 1 … T.</param>
    public long[] Timesteps(int steps) => [.. TimestepSpacing.Leading(steps, levels.Count)];

    /// <summary>The mean of the next sample.</summary>
    /// <param name="sample">x_t, [N, C, H, W]. Not disposed.</param>
    /// <param name="prediction">The network's output, [N, C, H, W]. Not disposed.</param>
    /// <param name="timesteps">The timestep t of each row.</param>
    /// <param name="next">The next timestep s of each row, below t, or −1 for the clean image.</param>
    /// <returns>[N, C, H, W] in the current dispose scope.</returns>
    public Tensor Mean(Tensor sample, Tensor prediction, long[] timesteps, long[] next)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor clean = levels.Clean(options.Prediction, sample, prediction, timesteps);
        if (options.ClipSample)
            clean = clean.clamp(-1, 1);
        return Posterior.Mean(clean, sample, Posteriors(timesteps, next)).MoveToOuterDisposeScope();
    }

    /// <summary>σ of each row; 0 if the next sample is the clean image.</summary>
    /// <param name="timesteps">The timestep t of each row.</param>
    /// <param name="next">The next timestep s of each row.</param>
    public float[] Deviations(long[] timesteps, long[] next) => [.. Posteriors(timesteps, next).Zip(next, (posterior, s) =>
        s < 0 ? 0 : MathF.Sqrt(options.VarianceType == VarianceType.FixedSmall ? posterior.Variance : posterior.Beta))];

    private Posterior[] Posteriors(long[] timesteps, long[] next) => [.. timesteps.Zip(next, levels.Posterior)];
}
