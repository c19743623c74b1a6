using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>Instructions of a CPU for products of small matrices (Intel AMX), which libtorch uses.</summary>
internal static class MatrixInstructions
{
    private const int StructuredFeatures = 7, AmxBFloat16 = 1 << 22;

    /// <summary>Whether the CPU multiplies bfloat16 matrices.</summary>
    public static bool HaveBFloat16 { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= StructuredFeatures
        && (X86Base.CpuId(StructuredFeatures, 0).Edx & AmxBFloat16) != 0;
}
