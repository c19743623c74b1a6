namespace Tenon;

/// <summary>Format of weights that are not trained: packed for generation, or frozen under an adapter.</summary>
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

    /// <summary>float16, for weights that are float16 in their file. Not packed for generation.</summary>
    Fp16,

    /// <summary>
    /// 4-bit NormalFloat with double quantization (QLoRA; Dettmers et al. 2023, section 3): 4.13 bits per weight of a linear layer.
    /// Token embeddings and output maps are bfloat16. Only on the CPU. Not packed for generation.
    /// </summary>
    Nf4,
}
