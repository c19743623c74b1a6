using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Layers.Cpu;

/// <summary>How weights of one form are read as float32. Structs implement it, so that each form gets machine code of its own.</summary>
internal unsafe interface IWeightReader
{
    /// <summary>Bytes of one weight.</summary>
    static abstract int Size { get; }

    /// <summary>Eight weights from a position on.</summary>
    static abstract Vector256<float> Eight(byte* row, nint at);

    /// <summary>The weight of a position.</summary>
    static abstract float One(byte* row, nint at);
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Reader : IWeightReader
{
    public static int Size => sizeof(float);

    public static Vector256<float> Eight(byte* row, nint at) => Vector256.Load((float*)row + at);

    public static float One(byte* row, nint at) => ((float*)row)[at];
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Reader : IWeightReader
{
    private const int LowerHalf = 16;

    public static int Size => sizeof(ushort);

    public static Vector256<float> Eight(byte* row, nint at)
    {
        ushort* from = (ushort*)row + at;
        if (Avx2.IsSupported)
            return (Avx2.ConvertToVector256Int32(from) << LowerHalf).AsSingle();
        Vector128<ushort> eight = Vector128.Load(from);
        return (Vector256.Create(Vector128.WidenLower(eight), Vector128.WidenUpper(eight)) << LowerHalf).AsSingle();
    }

    public static float One(byte* row, nint at) => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[at] << LowerHalf);
}

/// <summary>int8, without its scale.</summary>
internal readonly unsafe struct Int8Reader : IWeightReader
{
    public static int Size => sizeof(sbyte);

    public static Vector256<float> Eight(byte* row, nint at)
    {
        sbyte* from = (sbyte*)row + at;
        if (Avx2.IsSupported)
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(from));
        Vector128<short> eight = Vector128.WidenLower(Vector128.CreateScalar(*(long*)from).AsSByte());
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(eight), Vector128.WidenUpper(eight)));
    }

    public static float One(byte* row, nint at) => ((sbyte*)row)[at];
}
