using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>The loss of a pair.</summary>
public enum PreferenceLoss
{
    /// <summary>−log σ(β·Δ) (Rafailov et al. 2023).</summary>
    Sigmoid,

    /// <summary>(Δ − 1/(2β))² (Azar et al. 2023).</summary>
    Ipo,

    /// <summary>max(0, 1 − β·Δ) (Zhao et al. 2023).</summary>
    Hinge,
}

/// <summary>Options of direct preference optimization.</summary>
public record DpoOptions : IValidatableObject
{
    /// <summary>β: strength of the regularization towards the reference; larger values stay closer to it.</summary>
    [Range(1e-6, 100.0)]
    public double Beta { get; init; } = 0.1;

    /// <summary>The loss of a pair; Δ is how much more the policy prefers the chosen response than the reference does, in nats.</summary>
    public PreferenceLoss Loss { get; init; } = PreferenceLoss.Sigmoid;

    /// <summary>Assumed fraction of pairs with swapped labels (Mitchell 2023); only for the sigmoid loss.</summary>
    [Range(0.0, 0.5, MaximumIsExclusive = true)]
    public double LabelSmoothing { get; init; }

    /// <summary>Low-rank updates to train instead of the whole model. By default, the whole model is trained.</summary>
    [TrainsAdapter]
    public AdapterOptions? Adapter { get; init; }

    /// <summary>Checks combinations of options.</summary>
    /// <param name="validationContext">Not used.</param>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LabelSmoothing > 0 && Loss != PreferenceLoss.Sigmoid)
            yield return new ValidationResult(
                $"is above 0, but the loss '{Loss}' has no label smoothing. Set it to 0, or the loss to sigmoid.",
                [nameof(LabelSmoothing)]);
    }
}
