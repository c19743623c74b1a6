using System.ComponentModel.DataAnnotations;

namespace Tenon.Cpu;

/// <summary>The precision of matrix products on the CPU.</summary>
public enum CpuPrecision
{
    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>bfloat16 operands; parameters, norms and the loss stay in fp32.</summary>
    Bf16,

    /// <summary>bf16 if the CPU has instructions for it, otherwise fp32; the run reports which.</summary>
    Auto,
}

/// <summary>Options of the CPU.</summary>
public sealed record CpuOptions
{
    /// <summary>
    /// Threads for matrix products; 0 uses one per core. Results are bit-identical only for the same number of threads.
    /// </summary>
    [Range(0, 4096)]
    public int Threads { get; init; }

    /// <summary>The precision of matrix products.</summary>
    public CpuPrecision Precision { get; init; } = CpuPrecision.Fp32;
}
