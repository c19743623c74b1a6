using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>Options of reward model training.</summary>
public sealed record RewardOptions
{
    /// <summary>Whether to use the data's margins, if it has any (Touvron et al. 2023, section 3.2.2).</summary>
    public bool UseMargins { get; init; } = true;

    /// <summary>
    /// Weight of the squared sum of both scores, which keeps them centered at 0 (Eisenstein et al. 2023); 0 turns it off.
    /// </summary>
    [Range(0.0, 100.0)]
    public double Centering { get; init; }
}
