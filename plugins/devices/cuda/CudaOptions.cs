using System.ComponentModel.DataAnnotations;

namespace Tenon.Cuda;

/// <summary>The precision of matrix products on a GPU.</summary>
public enum CudaPrecision
{
    /// <summary>32-bit floating point, without TensorFloat-32.</summary>
    Fp32,

    /// <summary>32-bit numbers whose products are rounded to TensorFloat-32: 10 bits of precision, from compute capability 8.0 on.</summary>
    Tf32,

    /// <summary>bfloat16 operands, from compute capability 8.0 on; parameters, norms and loss stay in 32 bits.</summary>
    Bf16,

    /// <summary>float16 operands with loss scaling; parameters, norms and loss stay in 32 bits.</summary>
    Fp16,

    /// <summary>bf16 from compute capability 8.0 on, fp16 on 7.x, fp32 below; the run says which.</summary>
    Auto,
}

/// <summary>Options of an NVIDIA GPU.</summary>
public sealed record CudaOptions
{
    /// <summary>Number of the GPU, from 0, as CUDA counts them (<c>CUDA_VISIBLE_DEVICES</c> leaves out and reorders).</summary>
    [Range(0, 63)]
    public int Index { get; init; }

    /// <summary>The precision of matrix products.</summary>
    public CudaPrecision Precision { get; init; } = CudaPrecision.Fp32;

    /// <summary>
    /// Whether results repeat bit for bit, by kernels that add up in one order; false: the fastest kernels. On Linux; elsewhere
    /// the fastest are taken, and the device's description says so.
    /// </summary>
    public bool Deterministic { get; init; } = true;
}
