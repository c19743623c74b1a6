using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>Converts precisions to torch types.</summary>
internal static class ScalarTypes
{
    /// <summary>Element type of the operands of matrix products.</summary>
    public static torch.ScalarType Of(Precision precision) => precision switch
    {
        Precision.Fp32 or Precision.Tf32 => torch.ScalarType.Float32,
        Precision.Bf16 => torch.ScalarType.BFloat16,
        Precision.Fp16 => torch.ScalarType.Float16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, null),
    };
}
