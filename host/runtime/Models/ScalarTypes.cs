using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>Precisions as torch's types.</summary>
internal static class ScalarTypes
{
    /// <summary>The type of matrix products' operands.</summary>
    public static torch.ScalarType Of(Precision precision) => precision switch
    {
        Precision.Fp32 or Precision.Tf32 => torch.ScalarType.Float32,
        Precision.Bf16 => torch.ScalarType.BFloat16,
        Precision.Fp16 => torch.ScalarType.Float16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, null),
    };
}
