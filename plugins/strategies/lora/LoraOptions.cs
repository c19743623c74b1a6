using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.Lora;

/// <summary>Which linear maps get an update, and of which size.</summary>
public sealed record LoraOptions : SelectionOptions, ILoraSizes
{
    /// <summary>Rank of the updates, r.</summary>
    [Range(1, 10_000)]
    public int Rank { get; init; } = 8;

    /// <summary>α: updates are multiplied by α / r, so that the learning rate need not change with the rank (Hu et al. 2021, section 4.1).</summary>
    [Range(1e-6, 1e6)]
    public double Alpha { get; init; } = 16;

    /// <summary>Multiplies by α / √r instead, which keeps high ranks learning (rsLoRA; Kalajdzievski 2023).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Probability of dropping an input of an update.</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>
    /// Linear maps to update, by name or last part of it, <c>*</c> for any characters: <c>c_attn</c>,
    /// <c>transformer.h.0.*</c>; null: all but those in <see cref="ModulesToSave"/>.
    /// </summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>
    /// Modules of the model that are trained whole and saved too, by name or last part of it; null: the head of a model
    /// that tells classes apart, which is new where the base model was pre-trained on something else.
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }
}
