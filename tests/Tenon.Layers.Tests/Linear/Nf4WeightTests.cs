namespace Tenon.Layers.Tests;

/// <summary>Double quantization of NF4 (Dettmers et al. 2023, section 3).</summary>
public sealed class Nf4WeightTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Blocks with the largest numbers 1, 3 and 2.6: their mean is 2.2, the differences -1.2, 0.8 and 0.4. Divided by 1.2: -1, 0.6667
    // and 0.3333. The last decade of the code has numbers 0.1 + (i + 0.5) · 0.9 / 64: the nearest are -0.992969, 0.669531 (i = 40) and
    // 0.332031 (i = 16).
    [Fact]
    public void The_constants_of_blocks_computed_by_hand()
    {
        Tensor weight = torch.zeros([3, 64]);
        weight[0, 5] = 1f;
        weight[1, 0] = -3f;
        weight[2, 63] = 2.6f;
        using Nf4Weight quantized = Of(weight);

        float[] expected = [2.2f - 1.2f * 0.99296875f, 2.2f + 1.2f * 0.66953125f, 2.2f + 1.2f * 0.33203125f];
        quantized.Constants(0, 3).Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6f);
        Tensor result = quantized.Dequantize(torch.ScalarType.Float32, 0, 3);
        result.count_nonzero().item<long>().Should().Be(3);
        result[0, 5].item<float>().Should().BeApproximately(expected[0], 1e-6f);
        result[1, 0].item<float>().Should().BeApproximately(-expected[1], 1e-6f);
        result[2, 63].item<float>().Should().BeApproximately(expected[2], 1e-6f);
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(95, 141)]
    [InlineData(300, 2048)]
    public void A_normal_weight_loses_little(int outputs, int inputs)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        Tensor weight = torch.randn([outputs, inputs]) * 0.02;
        using Nf4Weight quantized = Of(weight);
        Tensor result = quantized.Dequantize(torch.ScalarType.Float32, 0, outputs);

        result.shape.Should().Equal(outputs, inputs);
        ((double)((result - weight).norm() / weight.norm()).item<float>()).Should().BeLessThan(0.1);
        quantized.Dequantize(torch.ScalarType.BFloat16, 0, outputs).Equals(result.to(torch.ScalarType.BFloat16)).Should().BeTrue();
    }

    [Fact]
    public void Rows_are_those_of_the_whole_weight()
    {
        Tensor weight = torch.randn([200, 141]);
        using Nf4Weight quantized = Of(weight);

        quantized.Dequantize(torch.ScalarType.Float32, 128, 72)
            .Equals(quantized.Dequantize(torch.ScalarType.Float32, 0, 200).narrow(0, 128, 72))
            .Should().BeTrue();
    }

    // 4 bits per value, 8 bits per 64 values, 32 bits per 64 · 256 values, and the mean.
    [Fact]
    public void Bytes_of_a_weight() => Nf4Weight.Bytes(2048 * 8192).Should().Be((1 << 23) + (1 << 18) + (1 << 10) * 4 + 4);

    private static Nf4Weight Of(Tensor weight) =>
        Nf4Weight.Of(weight.size(0), weight.size(1), (first, count) => weight.narrow(0, first, count));
}
