using System.ComponentModel.DataAnnotations;

namespace Tenon.Cuda;

/// <summary>The precision of matrix products on a GPU.</summary>
public enum CudaPrecision
{
    /// <summary>32-bit floating point, without TensorFloat-32.</summary>
    Fp32,

    /// <summary>fp32 tensors, multiplied as TensorFloat-32 (10 bits of mantissa); needs compute capability 8.0.</summary>
    Tf32,

    /// <summary>bfloat16 operands; parameters, norms and the loss stay in fp32. Needs compute capability 8.0.</summary>
    Bf16,

    /// <summary>float16 operands with loss scaling; parameters, norms and the loss stay in fp32.</summary>
    Fp16,

    /// <summary>bf16 from compute capability 8.0, fp16 on 7.x, otherwise fp32; the run reports which.</summary>
    Auto,
}

/// <summary>Options of an NVIDIA GPU.</summary>
public sealed record CudaOptions
{
    /// <summary>Index of the GPU, from 0, in CUDA's order (<c>CUDA_VISIBLE_DEVICES</c> filters and reorders GPUs).</summary>
    [Range(0, 63)]
    public int Index { get; init; }

    /// <summary>The precision of matrix products.</summary>
    public CudaPrecision Precision { get; init; } = CudaPrecision.Fp32;

    /// <summary>
    /// Whether to use deterministic kernels, which make results reproducible bit for bit, instead of the fastest ones.
    /// Supported on Linux only; elsewhere the fastest kernels are used, and the device's description says so.
    /// </summary>
    public bool Deterministic { get; init; } = true;
}
