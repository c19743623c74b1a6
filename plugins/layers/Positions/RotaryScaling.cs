namespace Tenon.Layers;

/// <summary>
/// Scales the frequencies of <see cref="RotaryPositions"/> for texts longer than the original context of a model. The formulas
/// are those of transformers' <c>rope_type</c> of the same name, in float32.
/// </summary>
public abstract record RotaryScaling
{
    /// <summary>Factor applied to cosines and sines.</summary>
    public virtual double AttentionFactor => 1;

    /// <summary>Whether the frequencies depend on the length of the text.</summary>
    internal virtual bool DependsOnLength => false;

    /// <summary>Computes the angle, in radians per position, by which each pair of dimensions turns.</summary>
    /// <param name="exponents">float32 [R / 2]: 2i / R. Not disposed.</param>
    /// <param name="theta">Base of the wavelengths.</param>
    /// <param name="lengths">
    /// float32 [] or [B, 1]: length of the text in tokens. Only read if <see cref="DependsOnLength"/>. Not disposed.
    /// </param>
    /// <returns>float32 [R / 2] or [B, R / 2] in the current dispose scope.</returns>
    internal abstract Tensor Frequencies(Tensor exponents, double theta, Tensor lengths);

    /// <summary>Computes the divisor of each frequency, for programs that store the divisors instead of the scaling.</summary>
    /// <param name="size">Rotated dimensions of each head, R.</param>
    /// <param name="theta">Base of the wavelengths.</param>
    /// <returns>R / 2 numbers.</returns>
    /// <exception cref="InvalidOperationException">The divisors depend on the length of the text.</exception>
    public IReadOnlyList<float> Divisors(int size, double theta)
    {
        if (DependsOnLength)
            throw new InvalidOperationException("This scaling depends on the length of the text.");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor exponents = torch.arange(0, size, 2, torch.ScalarType.Float32) / size; // [R / 2]
        return (1 / torch.pow(theta, exponents) / Frequencies(exponents, theta, exponents)).data<float>().ToArray();
    }
}

/// <summary>Position interpolation (Chen et al. 2023): every frequency is divided by the factor.</summary>
/// <param name="Factor">At least 1.</param>
public sealed record LinearRotaryScaling(double Factor) : RotaryScaling
{
    internal override Tensor Frequencies(Tensor exponents, double theta, Tensor lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (1 / torch.pow(theta, exponents) / Factor).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Dynamic NTK-aware scaling (Peng et al. 2023, appendix B.1): once a text is longer than the original context L₀, the base grows
/// with its length L, θ' = θ·(factor·L / L₀ − factor + 1)^(R / (R − 2)).
/// </summary>
/// <param name="Factor">At least 1.</param>
/// <param name="OriginalContextLength">L₀, in tokens.</param>
public sealed record DynamicRotaryScaling(double Factor, int OriginalContextLength) : RotaryScaling
{
    internal override bool DependsOnLength => true;

    internal override Tensor Frequencies(Tensor exponents, double theta, Tensor lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double size = 2.0 * exponents.size(0);
        Tensor growth = Factor * lengths.clamp(min: OriginalContextLength) / OriginalContextLength - (Factor - 1);
        Tensor grown = growth.pow(size / (size - 2)) * theta; // [] or [B, 1]
        return (1 / torch.pow(grown, exponents)).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The scaling of Llama 3.1: frequencies with fewer than <paramref name="LowFrequencyFactor"/> turns over the original context are
/// divided by the factor, frequencies with more than <paramref name="HighFrequencyFactor"/> turns are left unchanged, and those in
/// between are interpolated.
/// </summary>
/// <param name="Factor">At least 1.</param>
/// <param name="LowFrequencyFactor">Turns over the original context.</param>
/// <param name="HighFrequencyFactor">Turns over the original context; greater than <paramref name="LowFrequencyFactor"/>.</param>
/// <param name="OriginalContextLength">In tokens.</param>
public sealed record Llama3RotaryScaling(
    double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength) : RotaryScaling
{
    internal override Tensor Frequencies(Tensor exponents, double theta, Tensor lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor plain = 1 / torch.pow(theta, exponents);
        Tensor turns = OriginalContextLength / (2 * Math.PI / plain);
        Tensor kept = ((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor)).clamp(0, 1);
        return ((1 - kept) * plain / Factor + kept * plain).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// YaRN (Peng et al. 2023): dimensions that turn more than β_fast times over the original context keep their frequency. For
/// dimensions that turn fewer than β_slow times it is divided by the factor, and a linear ramp connects the two (equations 17 to 23).
/// </summary>
/// <param name="Factor">At least 1.</param>
/// <param name="OriginalContextLength">In tokens.</param>
public sealed record YarnRotaryScaling(double Factor, int OriginalContextLength) : RotaryScaling
{
    /// <summary>β_fast: dimensions with more turns over the original context keep their frequency.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>β_slow: for dimensions with fewer turns over the original context, the frequency is divided by the factor.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>Factor applied to cosines and sines. Defaults to 0.1·ln(factor) + 1, equation 22 of the paper.</summary>
    public double? GivenAttentionFactor { get; init; }

    /// <inheritdoc/>
    public override double AttentionFactor => GivenAttentionFactor ?? (Factor <= 1 ? 1 : 0.1 * Math.Log(Factor) + 1);

    internal override Tensor Frequencies(Tensor exponents, double theta, Tensor lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long pairs = exponents.size(0);
        double low = Math.Max(0, Math.Floor(Dimension(BetaFast))), high = Math.Min(2 * pairs - 1, Math.Ceiling(Dimension(BetaSlow)));
        if (low == high)
            high += 0.001; // avoids dividing by zero below
        Tensor wavelengths = torch.pow(theta, exponents);
        Tensor index = torch.arange(0, pairs, torch.ScalarType.Float32, exponents.device);
        Tensor kept = 1 - ((index - low) / (high - low)).clamp(0, 1);
        return (1 / (Factor * wavelengths) * (1 - kept) + 1 / wavelengths * kept).MoveToOuterDisposeScope();

        // Returns the (fractional) dimension that makes this many turns over the original context.
        double Dimension(double turns) =>
            2 * pairs * Math.Log(OriginalContextLength / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}
