using System.Buffers.Binary;

namespace Tenon.Host.Export;

/// <summary>
/// llama.cpp's format q8_0: each block of 32 numbers x has a scale d = max|x| / 127 in float16 and 32 integers x / d, rounded to the
/// nearest, halves away from zero. The integers are divided by the scale before it is rounded to float16, as in llama.cpp.
/// </summary>
internal static class Q8Blocks
{
    /// <summary>Numbers in a block.</summary>
    public const int Size = 32;

    /// <summary>Bytes of a block: the scale and the integers.</summary>
    public const int Bytes = 2 + Size;

    private const float Largest = 127;

    /// <summary>Quantizes numbers.</summary>
    /// <param name="values">A whole number of blocks.</param>
    /// <param name="into">Receives the blocks.</param>
    /// <returns>Whether all scales are finite in float16.</returns>
    public static bool Quantize(ReadOnlySpan<float> values, Span<byte> into)
    {
        bool fits = true;
        for (int block = 0; block < values.Length / Size; block++)
            fits &= Quantize(values.Slice(block * Size, Size), into.Slice(block * Bytes, 2), into.Slice((block * Bytes) + 2, Size));
        return fits;
    }

    private static bool Quantize(ReadOnlySpan<float> values, Span<byte> scale, Span<byte> integers)
    {
        float largest = 0;
        foreach (float value in values)
            largest = Math.Max(largest, Math.Abs(value)); // NaN if any value is
        float step = largest / Largest;
        var stored = (Half)step;
        BinaryPrimitives.WriteHalfLittleEndian(scale, stored);
        float inverse = step == 0 ? 0 : 1 / step;
        for (int i = 0; i < values.Length; i++)
            integers[i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        return Half.IsFinite(stored);
    }
}
