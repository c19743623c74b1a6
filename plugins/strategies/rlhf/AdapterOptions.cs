using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.Rlhf;

/// <summary>Low-rank updates that are trained in place of the policy's own weights (LoRA, Hu et al. 2021), without dropout.</summary>
public sealed record AdapterOptions : ILoraSizes
{
    /// <summary>Rank of the updates, r.</summary>
    [Range(1, 10_000)]
    public int Rank { get; init; } = 8;

    /// <summary>α: updates are multiplied by α / r.</summary>
    [Range(1e-6, 1e6)]
    public double Alpha { get; init; } = 16;

    /// <summary>Multiplies by α / √r instead (rsLoRA; Kalajdzievski 2023).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Linear maps to update, by name or last part of it, <c>*</c> for any characters; null: all but those in <see cref="ModulesToSave"/>.</summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>
    /// Modules of the policy that are trained whole and saved too, by name or last part of it; null: the head of a policy
    /// that chooses classes. Where there are any, the reference is a second model in memory.
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    double ILoraSizes.Dropout => 0;
}
