using static TorchSharp.torch;

namespace Tenon.Safetensors;

/// <summary>Name in a file, width and torch type of each element type.</summary>
internal static class DTypes
{
    // TorchSharp 0.107 has no 8-bit, 6-bit and 4-bit floats and no unsigned integers above 8 bits.
    private static readonly (SafetensorsDType DType, string Name, int Bits, ScalarType? Torch)[] Table =
    [
        (SafetensorsDType.Bool, "BOOL", 8, ScalarType.Bool),
        (SafetensorsDType.F4, "F4", 4, null),
        (SafetensorsDType.F6_E2M3, "F6_E2M3", 6, null),
        (SafetensorsDType.F6_E3M2, "F6_E3M2", 6, null),
        (SafetensorsDType.U8, "U8", 8, ScalarType.Byte),
        (SafetensorsDType.I8, "I8", 8, ScalarType.Int8),
        (SafetensorsDType.F8_E5M2, "F8_E5M2", 8, null),
        (SafetensorsDType.F8_E4M3, "F8_E4M3", 8, null),
        (SafetensorsDType.F8_E8M0, "F8_E8M0", 8, null),
        (SafetensorsDType.I16, "I16", 16, ScalarType.Int16),
        (SafetensorsDType.U16, "U16", 16, null),
        (SafetensorsDType.F16, "F16", 16, ScalarType.Float16),
        (SafetensorsDType.BF16, "BF16", 16, ScalarType.BFloat16),
        (SafetensorsDType.I32, "I32", 32, ScalarType.Int32),
        (SafetensorsDType.U32, "U32", 32, null),
        (SafetensorsDType.F32, "F32", 32, ScalarType.Float32),
        (SafetensorsDType.C64, "C64", 64, ScalarType.ComplexFloat32),
        (SafetensorsDType.F64, "F64", 64, ScalarType.Float64),
        (SafetensorsDType.I64, "I64", 64, ScalarType.Int64),
        (SafetensorsDType.U64, "U64", 64, null),
    ];

    private static readonly Dictionary<string, SafetensorsDType> ByName = Table.ToDictionary(row => row.Name, row => row.DType);

    private static readonly Dictionary<ScalarType, SafetensorsDType> ByTorch =
        Table.Where(row => row.Torch is not null).ToDictionary(row => row.Torch!.Value, row => row.DType);

    /// <summary>All names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", Table.Select(row => row.Name));

    /// <summary>The names of types that torch supports, for messages.</summary>
    public static string TorchNames { get; } = string.Join(", ", Table.Where(row => row.Torch is not null).Select(row => row.Name));

    public static bool TryParse(string name, out SafetensorsDType dtype) => ByName.TryGetValue(name, out dtype);

    public static bool TryFromTorch(ScalarType type, out SafetensorsDType dtype) => ByTorch.TryGetValue(type, out dtype);

    // The rows are in the order of the enumeration.
    public static string Name(SafetensorsDType dtype) => Table[(int)dtype].Name;

    public static int Bits(SafetensorsDType dtype) => Table[(int)dtype].Bits;

    public static ScalarType? Torch(SafetensorsDType dtype) => Table[(int)dtype].Torch;
}
