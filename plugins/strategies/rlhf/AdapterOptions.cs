using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.Rlhf;

/// <summary>Low-rank updates trained instead of the policy's own weights (LoRA, Hu et al. 2021), without dropout.</summary>
public sealed record AdapterOptions : ILoraSizes
{
    /// <summary>Rank of the updates, r.</summary>
    [Range(1, 10_000)]
    public int Rank { get; init; } = 8;

    /// <summary>α: updates are scaled by α / r.</summary>
    [Range(1e-6, 1e6)]
    public double Alpha { get; init; } = 16;

    /// <summary>Whether to scale by α / √r instead (rsLoRA; Kalajdzievski 2023).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>
    /// Format of the frozen base model in memory. <c>bf16</c> and <c>fp16</c> take half the memory and leave weights unchanged if the
    /// file has the same type. <c>int8</c> and <c>nf4</c> (QLoRA; Dettmers et al. 2023) round the weights and take about a quarter and
    /// an eighth. Each matrix product dequantizes its weight. Requires a decoder on a CPU.
    /// </summary>
    public WeightFormat BaseWeights { get; init; } = WeightFormat.Fp32;

    /// <summary>
    /// Linear layers to update: full names or last parts, <c>*</c> as wildcard. Defaults to all except
    /// <see cref="ModulesToSave"/>.
    /// </summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>
    /// Modules to train in full and save with the adapter: full names or their last parts. Defaults to the classification head,
    /// if the policy has one. If there are any, the reference is a second model in memory.
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    double ILoraSizes.Dropout => 0;
}
