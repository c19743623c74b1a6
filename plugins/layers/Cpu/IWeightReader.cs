using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Layers.Cpu;

/// <summary>How weights of one form are read as float32. Structs implement it, so that each form gets machine code of its own.</summary>
internal unsafe interface IWeightReader
{
    /// <summary>Bytes of one weight.</summary>
    static abstract int Size { get; }

    /// <summary>Sixteen weights from a position on.</summary>
    static abstract Vector512<float> Sixteen(byte* row, nint at);

    /// <summary>The weight of a position.</summary>
    static abstract float One(byte* row, nint at);
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Reader : IWeightReader
{
    public static int Size => sizeof(float);

    public static Vector512<float> Sixteen(byte* row, nint at) => Vector512.Load((float*)row + at);

    public static float One(byte* row, nint at) => ((float*)row)[at];
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Reader : IWeightReader
{
    private const int LowerHalf = 16;

    public static int Size => sizeof(ushort);

    public static Vector512<float> Sixteen(byte* row, nint at)
    {
        ushort* from = (ushort*)row + at;
        Vector512<uint> wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(Vector256.Load(from))
            : Vector512.Create(Vector256.WidenLower(Vector256.Load(from)), Vector256.WidenUpper(Vector256.Load(from)));
        return (wide << LowerHalf).AsSingle();
    }

    public static float One(byte* row, nint at) => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[at] << LowerHalf);
}

/// <summary>int8, without its scale.</summary>
internal readonly unsafe struct Int8Reader : IWeightReader
{
    public static int Size => sizeof(sbyte);

    public static Vector512<float> Sixteen(byte* row, nint at)
    {
        sbyte* from = (sbyte*)row + at;
        if (Avx512F.IsSupported)
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(from)));
        (Vector128<short> first, Vector128<short> second) = Vector128.Widen(Vector128.Load(from));
        return Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(first), Vector128.WidenUpper(first)),
            Vector256.Create(Vector128.WidenLower(second), Vector128.WidenUpper(second))));
    }

    public static float One(byte* row, nint at) => ((sbyte*)row)[at];
}
