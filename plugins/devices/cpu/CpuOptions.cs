using System.ComponentModel.DataAnnotations;

namespace Tenon.Cpu;

/// <summary>The precision of matrix products on the processor.</summary>
public enum CpuPrecision
{
    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>bfloat16 operands; parameters, norms and loss stay in 32 bits.</summary>
    Bf16,

    /// <summary>bf16 where the processor has instructions for it, fp32 where it has not; the run says which.</summary>
    Auto,
}

/// <summary>Options of the processor.</summary>
public sealed record CpuOptions
{
    /// <summary>Threads for matrix products; 0: one for each core. Results are bit-identical only at the same number.</summary>
    [Range(0, 4096)]
    public int Threads { get; init; }

    /// <summary>The precision of matrix products.</summary>
    public CpuPrecision Precision { get; init; } = CpuPrecision.Fp32;
}
