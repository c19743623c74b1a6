namespace Tenon;

/// <summary>The form in which weights are read where no gradient is wanted.</summary>
public enum WeightFormat
{
    /// <summary>32-bit floating point, laid out for products of one row.</summary>
    Fp32,

    /// <summary>bfloat16: half the memory traffic, 8 bits of precision.</summary>
    Bf16,

    /// <summary>
    /// 8-bit whole numbers with a scale for each output (Dettmers et al. 2022, section 2): a quarter of the memory
    /// traffic.
    /// </summary>
#pragma warning disable CA1720 // The field's name for it, and the recipe's.
    Int8,
#pragma warning restore CA1720
}
