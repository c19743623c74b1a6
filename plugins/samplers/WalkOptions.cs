using System.ComponentModel.DataAnnotations;

namespace Tenon.Samplers;

/// <summary>How the visited timesteps are spaced, named as in diffusers.</summary>
public enum Spacing
{
    /// <summary>Every n-th timestep, starting from 0.</summary>
    Leading,

    /// <summary>Every n-th timestep, counted down from the last.</summary>
    Trailing,

    /// <summary>Evenly spaced from the last timestep to 0, both included.</summary>
    Linspace,
}

/// <summary>Options shared by the built-in samplers.</summary>
public abstract record WalkOptions
{
    /// <summary>Whether the predicted clean sample is clipped in each step. Turn it off for unbounded samples, such as latents.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>The predicted clean sample is clipped to ± this value.</summary>
    [Range(1e-3, 1e6)]
    public double ClipRange { get; init; } = 1;

    /// <summary>
    /// Dynamic thresholding (Saharia et al. 2022, section 2.3) instead of clipping: the quantile of absolute values at which
    /// the predicted clean sample is clipped and by which it is scaled. Off by default.
    /// </summary>
    [Range(0.0, 1.0)]
    public double? ThresholdQuantile { get; init; }

    /// <summary>The largest threshold of dynamic thresholding.</summary>
    [Range(1.0, 1e6)]
    public double ThresholdLimit { get; init; } = 1;

    /// <summary>Which timesteps are visited.</summary>
    public Spacing Spacing { get; init; } = Spacing.Leading;

    /// <summary>Added to each timestep of the spacing <c>leading</c>.</summary>
    [Range(0, 1000)]
    public int StepsOffset { get; init; }

    internal IReadOnlyList<int> Timesteps(int steps, int trained) => Spacing switch
    {
        Spacing.Trailing => TimestepSpacing.Trailing(steps, trained),
        Spacing.Linspace => TimestepSpacing.Linspace(steps, trained),
        _ => TimestepSpacing.Leading(steps, trained, StepsOffset),
    };

    /// <summary>Clips or thresholds the predicted clean sample: [B, …] -> [B, …], in the current dispose scope.</summary>
    internal Tensor Bound(Tensor clean)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (ThresholdQuantile is not { } quantile)
            return (Clip ? clean.clamp(-ClipRange, ClipRange) : clean.alias()).MoveToOuterDisposeScope();
        Tensor sizes = clean.flatten(1).abs(); // [B, N]
        Tensor threshold = torch.quantile(sizes, torch.tensor((float)quantile, device: clean.device), 1).clamp(1, ThresholdLimit) // [B]
            .view([clean.size(0), .. Enumerable.Repeat(1L, (int)clean.ndim - 1)]);
        return (torch.minimum(torch.maximum(clean, -threshold), threshold) / threshold).MoveToOuterDisposeScope();
    }
}
