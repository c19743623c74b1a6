using Tenon.Host.Export;

namespace Tenon.Export.Tests;

/// <summary>Values of q8_0, computed by hand.</summary>
public sealed class Q8BlocksTests
{
    [Fact]
    public void The_largest_magnitude_becomes_127_and_halves_are_rounded_away_from_zero()
    {
        float[] values = new float[32];
        (values[0], values[1], values[2], values[3], values[4], values[5]) = (-127, 126.4f, 0.5f, -0.5f, 2.5f, -1.49f);

        byte[] block = Quantize(values);

        BitConverter.ToHalf(block).Should().Be((Half)1);
        Integers(block)[..7].Should().Equal(-127, 126, 1, -1, 3, -1, 0);
    }

    [Fact]
    public void Integers_are_divided_by_the_exact_scale_and_the_scale_is_stored_in_float16()
    {
        float[] values = new float[32];
        (values[0], values[31]) = (1, -0.25f);

        byte[] block = Quantize(values);

        // 1 / 127 = 0.007874016; the nearest float16 is 0.007873535. 0.25 · 127 = 31.75.
        BitConverter.ToHalf(block).Should().Be((Half)0.007873535f);
        Integers(block)[0].Should().Be(127);
        Integers(block)[31].Should().Be(-32);
    }

    [Fact]
    public void A_block_of_zeros_has_the_scale_zero() => Quantize(new float[32]).Should().OnlyContain(value => value == 0);

    [Theory]
    [InlineData(9e6f)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void A_scale_beyond_float16_is_reported(float value)
    {
        float[] values = new float[32];
        values[7] = value;

        Q8Blocks.Quantize(values, new byte[34]).Should().BeFalse();
    }

    private static byte[] Quantize(float[] values)
    {
        byte[] block = new byte[34];
        Q8Blocks.Quantize(values, block).Should().BeTrue();
        return block;
    }

    private static int[] Integers(byte[] block) => [.. block.Skip(2).Select(value => (int)(sbyte)value)];
}
