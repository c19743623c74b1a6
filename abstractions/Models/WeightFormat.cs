namespace Tenon;

/// <summary>Format of weights in forward passes without gradients.</summary>
public enum WeightFormat
{
    /// <summary>float32, laid out for matrix-vector products.</summary>
    Fp32,

    /// <summary>bfloat16: half the memory traffic, 8 bits of precision.</summary>
    Bf16,

    /// <summary>
    /// 8-bit integers with a scale per output (Dettmers et al. 2022, section 2): a quarter of the memory
    /// traffic.
    /// </summary>
#pragma warning disable CA1720 // The established name, also used in recipes.
    Int8,
#pragma warning restore CA1720
}
