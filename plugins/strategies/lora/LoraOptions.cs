using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.Lora;

/// <summary>Which linear layers are updated, and the size of the updates.</summary>
public sealed record LoraOptions : SelectionOptions, ILoraSizes
{
    /// <summary>Rank of the updates, r.</summary>
    [Range(1, 10_000)]
    public int Rank { get; init; } = 8;

    /// <summary>
    /// α: updates are scaled by α / r, which makes the learning rate independent of the rank (Hu et al. 2021, section 4.1).
    /// </summary>
    [Range(1e-6, 1e6)]
    public double Alpha { get; init; } = 16;

    /// <summary>Whether to scale by α / √r instead, which keeps high ranks trainable (rsLoRA; Kalajdzievski 2023).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Dropout probability of the inputs of an update.</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>
    /// Format of the frozen base model in memory. <c>bf16</c> and <c>fp16</c> take half the memory and leave weights unchanged if the
    /// file has the same type. <c>int8</c> and <c>nf4</c> (QLoRA; Dettmers et al. 2023) round the weights and take about a quarter and
    /// an eighth. Each matrix product dequantizes its weight. Requires a decoder on a CPU.
    /// </summary>
    public WeightFormat BaseWeights { get; init; } = WeightFormat.Fp32;

    /// <summary>
    /// Linear layers to update: full names or their last parts, with <c>*</c> as wildcard, such as <c>c_attn</c> or
    /// <c>transformer.h.0.*</c>. Defaults to all except those in <see cref="ModulesToSave"/>.
    /// </summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>
    /// Modules to train in full and save with the adapter: full names or their last parts. Defaults to the classification head,
    /// if the model has one, because it is untrained if the base model was pre-trained with a different head.
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }
}
