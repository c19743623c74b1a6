using TorchSharp;

namespace Tenon;

/// <summary>
/// The effect of <see cref="SamplingOptions"/> on logits, shared by the host's generator and all policies, so that a token has
/// the same probability wherever it is drawn.
/// </summary>
public static class TokenDistribution
{
    // Finite, so that entropy and gradients of an excluded token are 0 instead of NaN.
    internal const double Excluded = -1e30;

    /// <summary>
    /// Returns the logits of the distribution that tokens are drawn from. Applies the size of the vocabulary, the bias, repetition
    /// penalty, temperature, top-k and top-p, in this order. A temperature of 0 keeps only the most probable token. The other
    /// penalties need the generated tokens, which <see cref="GenerationBatch"/> knows.
    /// </summary>
    /// <param name="logits">[..., V], any floating-point type. Not disposed.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="seen">
    /// bool [..., V]: tokens that have already occurred, for the repetition penalty; null for none. Not disposed.
    /// </param>
    /// <returns>float32 [..., V] in the current dispose scope, with graph.</returns>
    public static Tensor Logits(Tensor logits, SamplingOptions options, Tensor? seen = null) =>
        Logits(logits, options, seen, counts: null);

    /// <summary>As above, with frequency and presence penalty after the repetition penalty.</summary>
    /// <param name="logits">[..., V]. Not disposed.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="seen">bool [..., V], or null. Not disposed.</param>
    /// <param name="counts">float32 [..., V]: how often each token was generated; null if never. Not disposed.</param>
    internal static Tensor Logits(Tensor logits, SamplingOptions options, Tensor? seen, Tensor? counts)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(options);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor result = logits.to(torch.ScalarType.Float32, copy: false).alias();
        if (options.VocabularySize is { } size && size < result.size(-1))
            result = result.masked_fill(torch.arange(result.size(-1), device: result.device).ge(size), Excluded);
        if (options.LogitBias is { Count: > 0 } bias)
            result = result + Bias(bias, result);
        if (seen is not null && options.RepetitionPenalty != 1)
        {
            Tensor penalized = torch.where(result.gt(0), result / options.RepetitionPenalty, result * options.RepetitionPenalty);
            result = torch.where(seen, penalized, result);
        }

        // logit - count · frequency penalty - [count > 0] · presence penalty
        if (counts is not null)
            result = result - counts * options.FrequencyPenalty - counts.gt(0).to(torch.ScalarType.Float32) * options.PresencePenalty;

        if (options.Temperature == 0)
            return Keep(result, result.amax([-1L], keepdim: true)).MoveToOuterDisposeScope();
        if (options.Temperature != 1)
            result = result / options.Temperature;
        long vocabulary = result.size(-1);
        if (options.TopK > 0 && options.TopK < vocabulary)
            result = Keep(result, result.topk(options.TopK, -1).values.narrow(-1, options.TopK - 1, 1));
        if (options.TopP < 1)
            result = Keep(result, SmallestInNucleus(result, options.TopP));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Draws one token per row.</summary>
    /// <param name="logits">float32 [B, V] from <see cref="Logits(Tensor, SamplingOptions, Tensor?)"/>. Not disposed.</param>
    /// <param name="uniform">One number in [0, 1) per row.</param>
    /// <returns>int64 [B] in the current dispose scope.</returns>
    public static Tensor Draw(Tensor logits, ReadOnlySpan<double> uniform)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();

        // In float64, because a float32 cumulative sum over a large vocabulary loses rare tokens; on the CPU, because the order of
        // CUDA's sum differs from run to run.
        Tensor cumulative = logits.cpu().to(torch.ScalarType.Float64).softmax(-1).cumsum(-1); // [B, V]
        long last = logits.size(-1) - 1;
        Tensor target = torch.tensor(uniform.ToArray(), torch.ScalarType.Float64).unsqueeze(1) * cumulative.narrow(-1, last, 1);
        return cumulative.le(target).sum(-1L).clamp(max: last).to(logits.device).MoveToOuterDisposeScope();
    }

    // [V]
    private static Tensor Bias(IReadOnlyDictionary<int, double> bias, Tensor logits)
    {
        var values = new float[logits.size(-1)];
        foreach ((int token, double value) in bias)
        {
            if (token < 0 || token >= values.Length)
                throw new ModelException($"Token {token} has a bias, but the model's vocabulary has {values.Length} ids. Correct the id.");
            values[token] = (float)value;
        }

        return torch.tensor(values, device: logits.device);
    }

    private static Tensor Keep(Tensor logits, Tensor threshold) => logits.masked_fill(logits.lt(threshold), Excluded);

    // The logit of the last token needed to reach p; the most probable token is always included.
    private static Tensor SmallestInNucleus(Tensor logits, double p)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor sorted = logits.sort(-1, descending: true).Values;
        Tensor probability = sorted.softmax(-1).cpu(); // summed in a fixed order, as in Draw
        Tensor before = probability.cumsum(-1) - probability;
        Tensor outside = before.ge(Math.Max(p, 1e-9)).to(logits.device);
        return sorted.masked_fill(outside, double.PositiveInfinity).amin([-1L], keepdim: true).MoveToOuterDisposeScope();
    }
}
