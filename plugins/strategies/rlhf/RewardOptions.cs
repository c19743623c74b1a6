using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>How a reward model learns from pairs.</summary>
public sealed record RewardOptions
{
    /// <summary>Whether the margins of the data, where it has any, are to be reached (Touvron et al. 2023, section 3.2.2).</summary>
    public bool UseMargins { get; init; } = true;

    /// <summary>Weight of the squared sum of both scores, which keeps them around 0 (Eisenstein et al. 2023); 0: none.</summary>
    [Range(0.0, 100.0)]
    public double Centering { get; init; }
}
