namespace Tenon.Cuda;

/// <summary>
/// Peak floating-point operations per second of GPUs for dense matrices, from NVIDIA's data sheets and architecture white
/// papers (half of the figures that are given with sparsity). bf16 and fp16 accumulate in fp32.
/// </summary>
internal static class GpuPeaks
{
    private const double Tera = 1e12;

    /// <summary>
    /// In 10¹² operations per second; null if the precision is not supported. If several rows match, the most specific one
    /// applies.
    /// </summary>
    private static readonly (string[] Words, double Fp32, double? Tf32, double? Bf16, double? Fp16)[] Table =
    [
        (["H200"], 67, 494.7, 989.4, 989.4),
        (["H200", "NVL"], 60, 417.5, 835.5, 835.5),
        (["H100"], 67, 494.7, 989.4, 989.4), // SXM; its full name contains "80GB HBM3"
        (["H100", "PCIe"], 51.2, 378, 756, 756),
        (["H100", "NVL"], 60, 417.5, 835.5, 835.5),
        (["A100"], 19.5, 156, 312, 312),
        (["A40"], 37.4, 74.8, 149.7, 149.7),
        (["A30"], 10.3, 82, 165, 165),
        (["A10"], 31.2, 62.5, 125, 125),
        (["L40S"], 91.6, 183, 362, 362),
        (["L40"], 90.5, 90.5, 181, 181),
        (["L4"], 30.3, 60, 121, 121),
        (["V100", "SXM2"], 15.7, null, null, 125),
        (["V100", "PCIE"], 14, null, null, 112),
        (["T4"], 8.1, null, null, 65),
        (["RTX", "4090"], 82.6, 82.6, 165.2, 165.2),
        (["RTX", "3090"], 35.6, 35.6, 71, 71),
    ];

    /// <summary>The peak of a GPU; null if it is not in the table or does not support the precision.</summary>
    /// <param name="name">The name that the driver reports: <c>NVIDIA A100-SXM4-80GB</c>.</param>
    /// <param name="precision">The precision.</param>
    public static double? Find(string name, Precision precision)
    {
        string[] words = name.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
        var rows = Table.Where(row => row.Words.All(word => words.Contains(word, StringComparer.OrdinalIgnoreCase))).ToList();
        if (rows.Count == 0)
            return null;
        (_, double fp32, double? tf32, double? bf16, double? fp16) = rows.MaxBy(row => row.Words.Length);
        return Tera * precision switch
        {
            Precision.Tf32 => tf32,
            Precision.Bf16 => bf16,
            Precision.Fp16 => fp16,
            _ => fp32,
        };
    }
}
