namespace Tenon.Kernels.Tests;

/// <summary>4-bit NormalFloat, compared with its definition (Dettmers et al. 2023, section 3 and appendix E).</summary>
public sealed class NormalFloat4Tests : IDisposable
{
    // The share of the normal distribution below the outermost quantile: the mean of 1 − 1/32 and 1 − 1/30.
    private const double Outermost = (1 - 1 / 32.0 + 1 - 1 / 30.0) / 2;

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Eight quantiles of the upper half, seven of the lower one, evenly spaced in probability, and 0.
    [Fact]
    public void The_values_are_normalized_quantiles_of_the_normal_distribution()
    {
        double[] upper = [.. Enumerable.Range(0, 8).Select(i => Quantile(Outermost + (0.5 - Outermost) * i / 8))];
        double[] lower = [.. Enumerable.Range(0, 7).Select(i => -Quantile(Outermost + (0.5 - Outermost) * i / 7))];
        double[] expected = [.. upper.Concat(lower).Append(0).Select(value => value / upper[0]).Order()];

        NormalFloat4.Values.ToArray().Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
    }

    // Divided by the largest, -2: 0.5, -0.12, 0.04, -0.6105 (between -0.69619 and -0.52507, whose middle is -0.61063), 0.75, -0.98,
    // and zeros.
    [Fact]
    public void A_block_computed_by_hand()
    {
        float[] block = new float[64];
        (block[0], block[1], block[2], block[3], block[4], block[5], block[63]) = (1, -0.24f, 0.08f, -1.221f, 1.5f, -1.96f, -2);
        (byte[] codes, float[] constants) = Quantize(block);

        constants.Should().Equal(2);
        codes.Should().HaveCount(32);
        // 0.44071 | -0.09105, 0.07958 · ½ < 0.04 | -0.52507, 0.72296 | -1
        codes.Take(3).Should().Equal(0xC6, 0x82, 0xE0);
        codes.Skip(3).Take(28).Should().OnlyContain(code => code == 0x77);
        codes[31].Should().Be(0x70);
        float[] result = Dequantize(codes, constants, 64);
        result.Take(6).Should().Equal(
            2 * 0.44070982933044434f, 2 * -0.09105003625154495f, 2 * 0.07958029955625534f, 2 * -0.5250730514526367f,
            2 * 0.7229568362236023f, -2);
        result[63].Should().Be(-2);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1)]
    [InlineData(193)]
    [InlineData(40_000)]
    public void Numbers_become_the_nearest_value(int count)
    {
        using torch.Generator seeded = torch.manual_seed(2);
        float[] numbers = [.. torch.randn([count]).data<float>()];
        numbers[0] = 0;
        (byte[] codes, float[] constants) = Quantize(numbers);
        float[] values = NormalFloat4.Values.ToArray();

        float[] expected = [.. numbers.Chunk(64).SelectMany(block =>
        {
            float largest = block.Max(Math.Abs);
            return block.Select(number => largest * values.MinBy(value => Math.Abs(value - (largest > 0 ? number / largest : 0))));
        })];
        Dequantize(codes, constants, count).Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6f);
    }

    [Fact]
    public void Bfloat16_is_the_rounded_float32()
    {
        (byte[] codes, float[] constants) = Quantize([.. torch.randn([1000]).data<float>()]);
        Tensor wide = torch.tensor(Dequantize(codes, constants, 1000)), narrow = torch.empty([1000], torch.ScalarType.BFloat16);
        Tensor code = torch.tensor(codes), constant = torch.tensor(constants);

        NormalFloat4.Dequantize<BFloat16Format>(
            TensorAddress.Of(code), TensorAddress.Of(constant), TensorAddress.Of(narrow), 1000, threads: 2);

        narrow.Equals(wide.to(torch.ScalarType.BFloat16)).Should().BeTrue();
    }

    private static (byte[] Codes, float[] Constants) Quantize(float[] numbers)
    {
        Tensor plain = torch.tensor(numbers);
        long blocks = NormalFloat4.Blocks(numbers.Length);
        Tensor codes = torch.empty([blocks * NormalFloat4.BlockBytes], torch.ScalarType.Byte);
        Tensor constants = torch.empty([blocks], torch.ScalarType.Float32);
        NormalFloat4.Quantize(TensorAddress.Of(plain), numbers.Length, TensorAddress.Of(codes), TensorAddress.Of(constants), threads: 2);
        return ([.. codes.data<byte>()], [.. constants.data<float>()]);
    }

    private static float[] Dequantize(byte[] codes, float[] constants, int count)
    {
        Tensor code = torch.tensor(codes), constant = torch.tensor(constants), result = torch.empty([count], torch.ScalarType.Float32);
        NormalFloat4.Dequantize<Float32Format>(
            TensorAddress.Of(code), TensorAddress.Of(constant), TensorAddress.Of(result), count, threads: 2);
        return [.. result.data<float>()];
    }

    // Inverts the distribution function of the normal distribution by bisection.
    private static double Quantile(double probability)
    {
        (double low, double high) = (-5, 5);
        while (high - low > 1e-12)
        {
            double middle = (low + high) / 2;
            double below = 0.5 * (1 + torch.tensor(middle / Math.Sqrt(2), torch.ScalarType.Float64).erf().item<double>());
            (low, high) = below < probability ? (middle, high) : (low, middle);
        }

        return low;
    }
}
