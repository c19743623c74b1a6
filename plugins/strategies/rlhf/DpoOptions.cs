using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>The loss that is taken of a pair.</summary>
public enum PreferenceLoss
{
    /// <summary>−log σ(β·Δ) (Rafailov et al. 2023).</summary>
    Sigmoid,

    /// <summary>(Δ − 1/(2β))² (Azar et al. 2023).</summary>
    Ipo,

    /// <summary>max(0, 1 − β·Δ) (Zhao et al. 2023).</summary>
    Hinge,
}

/// <summary>How a policy learns from preferences without a reward model.</summary>
public record DpoOptions : IValidatableObject
{
    /// <summary>β: how strongly the policy is held to the reference; the larger, the closer.</summary>
    [Range(1e-6, 100.0)]
    public double Beta { get; init; } = 0.1;

    /// <summary>The loss of a pair, where Δ is by how much more the policy than the reference prefers the chosen response, in nats.</summary>
    public PreferenceLoss Loss { get; init; } = PreferenceLoss.Sigmoid;

    /// <summary>Share of the pairs that are taken to be labelled the wrong way round (Mitchell 2023); only with the sigmoid loss.</summary>
    [Range(0.0, 0.5, MaximumIsExclusive = true)]
    public double LabelSmoothing { get; init; }

    /// <summary>Low-rank updates to train in place of the whole model; null: the whole model.</summary>
    [TrainsAdapter]
    public AdapterOptions? Adapter { get; init; }

    /// <summary>Checks what concerns several options.</summary>
    /// <param name="validationContext">Not used.</param>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LabelSmoothing > 0 && Loss != PreferenceLoss.Sigmoid)
            yield return new ValidationResult($"is above 0, and the loss '{Loss}' has no label smoothing. Set it to 0, or the loss to sigmoid.", [nameof(LabelSmoothing)]);
    }
}
