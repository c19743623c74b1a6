using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>How a policy learns from pairs of its own making.</summary>
public sealed record OnlineDpoOptions : DpoOptions
{
    /// <summary>Most actions of a sample: new tokens of a text, denoising steps of an image.</summary>
    [Range(1, 1_000_000)]
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Divides the logits while sampling; probabilities are those of the distribution that was sampled from.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;
}
