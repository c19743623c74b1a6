using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>Options of online direct preference optimization.</summary>
public sealed record OnlineDpoOptions : DpoOptions
{
    /// <summary>Maximum number of actions in a sample: new tokens of a text, denoising steps of an image.</summary>
    [Range(1, 1_000_000)]
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Sampling temperature; log-probabilities refer to the tempered distribution.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;
}
