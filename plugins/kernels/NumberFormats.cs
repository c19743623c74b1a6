using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>Reads values of one format as float32. Implementations are structs, so that the JIT specializes the code for each
/// format.</summary>
internal unsafe interface INumberFormat
{
    /// <summary>Bytes of one value.</summary>
    static abstract int Size { get; }

    /// <summary>Reads eight values, starting at a position.</summary>
    static abstract Vector256<float> Eight(byte* row, nint at);

    /// <summary>Reads the value at a position.</summary>
    static abstract float One(byte* row, nint at);
}

/// <summary>A format that can also be written.</summary>
internal unsafe interface IWritableFormat : INumberFormat
{
    /// <summary>Writes sixteen values, starting at a position.</summary>
    static abstract void WriteSixteen(byte* row, nint at, Vector256<float> first, Vector256<float> second);

    /// <summary>Writes the value at a position.</summary>
    static abstract void WriteOne(byte* row, nint at, float number);
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Format : IWritableFormat
{
    public static int Size => sizeof(float);

    public static Vector256<float> Eight(byte* row, nint at) => Vector256.Load((float*)row + at);

    public static float One(byte* row, nint at) => ((float*)row)[at];

    public static void WriteSixteen(byte* row, nint at, Vector256<float> first, Vector256<float> second)
    {
        first.Store((float*)row + at);
        second.Store((float*)row + at + 8);
    }

    public static void WriteOne(byte* row, nint at, float number) => ((float*)row)[at] = number;
}

/// <summary>
/// bfloat16: the upper half of a float32, rounded to nearest even when written. The NaN of invalid operations remains NaN; one with all
/// bits set, which only a program creates, must not be written.
/// </summary>
internal readonly unsafe struct BFloat16Format : IWritableFormat
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

    public static void WriteSixteen(byte* row, nint at, Vector256<float> first, Vector256<float> second) =>
        Vector256.Narrow(Rounded(first), Rounded(second)).Store((ushort*)row + at);

    public static void WriteOne(byte* row, nint at, float number) => ((ushort*)row)[at] = (ushort)Rounded(Vector256.Create(number))[0];

    private static Vector256<uint> Rounded(Vector256<float> x)
    {
        Vector256<uint> bits = x.AsUInt32();
        return (bits + Vector256.Create(0x7FFFu) + ((bits >> LowerHalf) & Vector256<uint>.One)) >> LowerHalf;
    }
}

/// <summary>int8, without its scale.</summary>
internal readonly unsafe struct Int8Format : INumberFormat
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
