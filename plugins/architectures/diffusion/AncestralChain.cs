namespace Tenon.Diffusion;

/// <summary>
/// The reverse process as a chain of Gaussians p(x_s | x_t) = N(µ, σ²·I) between the timesteps that it visits (Ho et al.
/// 2020, equations 1 and 7). Holds numbers, no tensors.
/// </summary>
/// <param name="options">Prediction, clipping and variance.</param>
/// <param name="schedule">The noise levels.</param>
internal sealed class AncestralChain(DiffusionOptions options, NoiseSchedule schedule)
{
    /// <summary>The timesteps that a chain visits, highest first: every ⌊T/n⌋-th down to 0.</summary>
    /// <param name="steps">n, in 1 … T.</param>
    public long[] Timesteps(int steps)
    {
        int stride = options.TrainTimesteps / steps;
        return [.. Enumerable.Range(0, steps).Reverse().Select(step => (long)step * stride)];
    }

    /// <summary>The mean of the next sample.</summary>
    /// <param name="sample">x_t, [N, C, H, W]. Not disposed.</param>
    /// <param name="prediction">The network's output, [N, C, H, W]. Not disposed.</param>
    /// <param name="timesteps">t of each row.</param>
    /// <param name="next">s of each row, below t; −1: the clean image.</param>
    /// <returns>[N, C, H, W] in the current dispose scope.</returns>
    public Tensor Mean(Tensor sample, Tensor prediction, long[] timesteps, long[] next)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor signal = Rows(timesteps.Select(t => Math.Sqrt(AlphaBar(t))), sample);
        Tensor spread = Rows(timesteps.Select(t => Math.Sqrt(1 - AlphaBar(t))), sample);
        Tensor clean = options.Prediction switch
        {
            PredictionType.Epsilon => (sample - spread * prediction) / signal, // Ho et al. 2020, equation 15
            PredictionType.Velocity => signal * sample - spread * prediction, // Salimans and Ho 2022, appendix D
            _ => prediction,
        };
        if (options.ClipSample)
            clean = clean.clamp(-1, 1);
        (double Clean, double Sample)[] shares = [.. timesteps.Zip(next, Shares)];
        return (Rows(shares.Select(share => share.Clean), sample) * clean + Rows(shares.Select(share => share.Sample), sample) * sample)
            .MoveToOuterDisposeScope();
    }

    /// <summary>σ of each row; 0 where the next is the clean image.</summary>
    /// <param name="timesteps">t of each row.</param>
    /// <param name="next">s of each row.</param>
    public double[] Deviations(long[] timesteps, long[] next) => [.. timesteps.Zip(next, (t, s) =>
    {
        double beta = 1 - AlphaBar(t) / AlphaBar(s);
        double posterior = (1 - AlphaBar(s)) / (1 - AlphaBar(t)) * beta;
        return s < 0 ? 0 : Math.Sqrt(options.VarianceType == VarianceType.FixedSmall ? posterior : beta);
    })];

    /// <summary>One number a row, to be multiplied with samples.</summary>
    /// <param name="values">One a row.</param>
    /// <param name="like">Whose device and rank are taken.</param>
    /// <returns>float32 [N, 1, 1, 1] in the current dispose scope.</returns>
    public static Tensor Rows(IEnumerable<double> values, Tensor like)
    {
        float[] numbers = [.. values.Select(value => (float)value)];
        return torch.tensor(numbers, [numbers.Length, 1, 1, 1], device: like.device);
    }

    private double AlphaBar(long timestep) => timestep < 0 ? 1 : schedule.AlphasCumulative[(int)timestep];

    // Of the clean image and of the sample in the mean of q(x_s | x_t, x̂_0), equation 7.
    private (double Clean, double Sample) Shares(long t, long s)
    {
        (double here, double there) = (AlphaBar(t), AlphaBar(s));
        double alpha = here / there;
        return (Math.Sqrt(there) * (1 - alpha) / (1 - here), Math.Sqrt(alpha) * (1 - there) / (1 - here));
    }
}
