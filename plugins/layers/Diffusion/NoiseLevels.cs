namespace Tenon.Layers;

/// <summary>
/// The forward process q(x_t | x_0) = N(√ᾱ_t·x_0, (1 − ᾱ_t)·I) (Ho et al. 2020, equation 4) and what follows from it: noisy
/// samples, training targets, and the clean sample and noise that a prediction implies. Timesteps below 0 are
/// the clean sample. Coefficients are float32, as in diffusers: 1 − ᾱ is about 1e-4 at the first timesteps, where a different
/// rounding of ᾱ leads to a different trajectory. Contains numbers but no tensors.
/// </summary>
public sealed class NoiseLevels
{
    private readonly float[] _alphasCumulative;

    /// <summary>Takes the levels.</summary>
    /// <param name="alphasCumulative">ᾱ of each training timestep, as in <see cref="IDenoiser.AlphasCumulative"/>; at least one.</param>
    public NoiseLevels(IEnumerable<float> alphasCumulative)
    {
        ArgumentNullException.ThrowIfNull(alphasCumulative);
        _alphasCumulative = [.. alphasCumulative];
        ArgumentOutOfRangeException.ThrowIfZero(_alphasCumulative.Length, nameof(alphasCumulative));
        AlphasCumulative = Array.ConvertAll(_alphasCumulative, alpha => (double)alpha);
    }

    /// <inheritdoc cref="NoiseLevels(IEnumerable{float})"/>
    public NoiseLevels(IEnumerable<double> alphasCumulative) : this(alphasCumulative.Select(alpha => (float)alpha)) { }

    /// <summary>Number of training timesteps, T.</summary>
    public int Count => _alphasCumulative.Length;

    /// <summary>ᾱ of each training timestep.</summary>
    public IReadOnlyList<double> AlphasCumulative { get; }

    /// <summary>
    /// ᾱ below timestep 0. It is 1 for the clean sample, without any noise. Some samplers end at the noise level of timestep 0
    /// instead.
    /// </summary>
    public float FinalAlphaCumulative { get; init; } = 1;

    /// <summary>ᾱ_t.</summary>
    /// <param name="timestep">t, below T.</param>
    public float AlphaCumulative(long timestep) => timestep < 0 ? FinalAlphaCumulative : _alphasCumulative[timestep];

    /// <summary>x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε.</summary>
    /// <param name="clean">x_0, [N, …].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="timesteps">t of each row, or a single t for all rows.</param>
    /// <returns>[N, …] in the current dispose scope.</returns>
    public Tensor AddNoise(Tensor clean, Tensor noise, params IReadOnlyList<long> timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor signal, Tensor spread) = Shares(timesteps, clean);
        return (signal * clean + spread * noise).MoveToOuterDisposeScope();
    }

    /// <summary>The training target of a network (Salimans and Ho 2022, section 4).</summary>
    /// <param name="type">The type of the target.</param>
    /// <param name="clean">x_0, [N, …].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="timesteps">t of each row, or a single t for all rows.</param>
    /// <returns>[N, …] in the current dispose scope.</returns>
    public Tensor Target(PredictionType type, Tensor clean, Tensor noise, params IReadOnlyList<long> timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor signal, Tensor spread) = Shares(timesteps, clean);
        Tensor target = type switch
        {
            PredictionType.Epsilon => noise.alias(),
            PredictionType.Sample => clean.alias(),
            PredictionType.Velocity => signal * noise - spread * clean, // v = √ᾱ_t·ε − √(1 − ᾱ_t)·x_0
            _ => throw Unknown(type),
        };
        return target.MoveToOuterDisposeScope();
    }

    /// <summary>The clean sample x̂_0 that a prediction implies.</summary>
    /// <param name="type">What the network predicts.</param>
    /// <param name="sample">x_t, [N, …].</param>
    /// <param name="prediction">The network's output, [N, …].</param>
    /// <param name="timesteps">t of each row, or a single t for all rows.</param>
    /// <returns>[N, …] in the current dispose scope.</returns>
    public Tensor Clean(PredictionType type, Tensor sample, Tensor prediction, params IReadOnlyList<long> timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor signal, Tensor spread) = Shares(timesteps, sample);
        Tensor clean = type switch
        {
            PredictionType.Epsilon => (sample - spread * prediction) / signal, // Ho et al. 2020, equation 15
            PredictionType.Velocity => signal * sample - spread * prediction, // Salimans and Ho 2022, appendix D
            PredictionType.Sample => prediction.alias(),
            _ => throw Unknown(type),
        };
        return clean.MoveToOuterDisposeScope();
    }

    /// <summary>The noise ε̂ that a prediction implies.</summary>
    /// <param name="type">What the network predicts.</param>
    /// <param name="sample">x_t, [N, …].</param>
    /// <param name="prediction">The network's output, [N, …].</param>
    /// <param name="timesteps">t of each row, or a single t for all rows.</param>
    /// <returns>[N, …] in the current dispose scope.</returns>
    public Tensor Noise(PredictionType type, Tensor sample, Tensor prediction, params IReadOnlyList<long> timesteps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor signal, Tensor spread) = Shares(timesteps, sample);
        Tensor noise = type switch
        {
            PredictionType.Epsilon => prediction.alias(),
            PredictionType.Velocity => signal * prediction + spread * sample, // Salimans and Ho 2022, appendix D
            PredictionType.Sample => (sample - signal * prediction) / spread, // equation 4, solved for ε
            _ => throw Unknown(type),
        };
        return noise.MoveToOuterDisposeScope();
    }

    /// <summary>The posterior of one step back.</summary>
    /// <param name="timestep">t.</param>
    /// <param name="previous">s, below t; negative for the clean sample.</param>
    public Posterior Posterior(long timestep, long previous)
    {
        float here = AlphaCumulative(timestep), there = AlphaCumulative(previous);
        // When timesteps are skipped, α covers the whole stride.
        float alpha = here / there;
        float beta = 1 - alpha;
        return new Posterior(
            MathF.Sqrt(there) * beta / (1 - here), MathF.Sqrt(alpha) * (1 - there) / (1 - here), (1 - there) / (1 - here) * beta, beta);
    }

    /// <summary>Factors for the rows of a batch.</summary>
    /// <param name="values">One per row, or one for all rows.</param>
    /// <param name="like">Determines device and rank, [N, …].</param>
    /// <returns>float32 [N, 1, …] or [1, 1, …] in the current dispose scope.</returns>
    public static Tensor Rows(IEnumerable<float> values, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        float[] numbers = [.. values];
        return torch.tensor(numbers, [numbers.Length, .. Enumerable.Repeat(1L, (int)like.ndim - 1)], device: like.device);
    }

    // √ᾱ_t and √(1 − ᾱ_t), each [N, 1, …]
    private (Tensor Signal, Tensor Spread) Shares(IReadOnlyList<long> timesteps, Tensor like)
    {
        float[] alphas = [.. timesteps.Select(AlphaCumulative)];
        return (Rows(alphas.Select(MathF.Sqrt), like), Rows(alphas.Select(alpha => MathF.Sqrt(1 - alpha)), like));
    }

    private static ModelException Unknown(PredictionType type) =>
        new($"The model predicts '{type}'. Supported: {string.Join(", ", Enum.GetNames<PredictionType>())}.");
}
