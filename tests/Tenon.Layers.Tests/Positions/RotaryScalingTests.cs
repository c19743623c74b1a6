namespace Tenon.Layers.Tests;

/// <summary>Against the formulas, computed number by number in float64.</summary>
public sealed class RotaryScalingTests : IDisposable
{
    private const int Size = 16;
    private const double Theta = 500_000;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Linear_scaling_divides_every_frequency() =>
        Frequencies(new LinearRotaryScaling(4)).Should().Equal(Plain.Select(plain => plain / 4), Close);

    // Of the 8 frequencies θ^(−i/8), turns over 64 tokens are 10.19, 1.98, 0.383, …: the first is kept, the second is between 1 and 4.
    [Fact]
    public void Llama_3_s_scaling_keeps_fast_frequencies_and_divides_slow_ones()
    {
        double[] plain = Plain, expected = Array.ConvertAll(plain, each => each / 8);
        expected[0] = plain[0];
        double kept = (64 * plain[1] / (2 * Math.PI) - 1) / (4 - 1);
        kept.Should().BeApproximately(0.325, 0.001);
        expected[1] = (1 - kept) * plain[1] / 8 + kept * plain[1];

        Frequencies(new Llama3RotaryScaling(8, 1, 4, 64)).Should().Equal(expected, Close);
    }

    [Fact]
    public void Divisors_are_the_quotients_of_plain_and_scaled_frequencies()
    {
        var scaling = new Llama3RotaryScaling(8, 1, 4, 64);
        double[] scaled = Frequencies(scaling);

        scaling.Divisors(Size, Theta).Select(divisor => (double)divisor).Should()
            .Equal(Plain.Zip(scaled, (plain, each) => plain / each), Close);
        new DynamicRotaryScaling(2, 64).Invoking(dynamic => dynamic.Divisors(Size, Theta)).Should().Throw<InvalidOperationException>();
    }

    // Dimensions that turn 32 and 1 times over 4,096 tokens: 16·ln(4096 / 64π) / (2·ln θ) = 1.84 and 16·ln(4096 / 2π) / (2·ln θ) = 3.95.
    [Fact]
    public void Yarn_goes_from_kept_to_divided_between_two_dimensions()
    {
        double[] expected = [.. Plain.Select((plain, i) => plain * (Ramp(i) / 8 + 1 - Ramp(i)))];
        var yarn = new YarnRotaryScaling(8, 4096);

        Frequencies(yarn).Should().Equal(expected, Close);
        expected[1].Should().Be(Plain[1]);
        expected[4].Should().BeApproximately(Plain[4] / 8, 1e-12);
        yarn.AttentionFactor.Should().BeApproximately(0.1 * Math.Log(8) + 1, 1e-12);
        (yarn with { GivenAttentionFactor = 1.5 }).AttentionFactor.Should().Be(1.5);

        static double Ramp(int dimension) => Math.Clamp((dimension - 1) / 3.0, 0, 1); // from 1 to 4
    }

    [Fact]
    public void Yarn_s_attention_factor_multiplies_cosines_and_sines()
    {
        var yarn = new YarnRotaryScaling(8, 4096);
        using Tensor turned = new RotaryPositions(Size, Theta, yarn).At(torch.arange(3));

        turned[0, 0].data<float>().Should().OnlyContain(cosine => Math.Abs(cosine - (float)yarn.AttentionFactor) < 1e-6f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(11)]
    public void Dynamic_scaling_begins_after_the_original_context(int first)
    {
        // Rows of `first` and 25 tokens: transformers lets the longest decide for both.
        int[] lengths = [first, 25];
        Tensor positions = torch.tensor(Array.ConvertAll(lengths, length => length - 1L)).unsqueeze(1); // [2, 1]
        var rotary = new RotaryPositions(Size, Theta, new DynamicRotaryScaling(3, 10));

        Tensor turned = rotary.At(positions, eachRowAlone: true), together = rotary.At(positions);

        for (int row = 0; row < 2; row++)
        {
            Compare(turned, row, Grown(lengths[row]));
            Compare(together, row, Grown(25));
        }

        void Compare(Tensor found, int row, double[] frequencies) => found[0, row, 0, 0].data<float>().ToArray().Should().Equal(
            frequencies.Select(each => (float)Math.Cos(each * (lengths[row] - 1))), (a, b) => Math.Abs(a - b) < 1e-5f);

        static double[] Grown(int length)
        {
            double theta = Theta * Math.Pow(3.0 * Math.Max(length, 10) / 10 - 2, Size / (Size - 2.0));
            return [.. Enumerable.Range(0, Size / 2).Select(i => Math.Pow(theta, -2.0 * i / Size))];
        }
    }

    private static double[] Plain => [.. Enumerable.Range(0, Size / 2).Select(i => Math.Pow(Theta, -2.0 * i / Size))];

    // At position 1 the angle is the frequency.
    private static double[] Frequencies(RotaryScaling scaling)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor turned = new RotaryPositions(Size, Theta, scaling).At(torch.tensor(new long[] { 1 })); // [2, 1, R / 2]
        return [.. torch.atan2(turned[1, 0], turned[0, 0]).data<float>().Select(angle => (double)angle)];
    }

    private static bool Close(double found, double expected) => Math.Abs(found - expected) < 1e-6 * Math.Max(1e-3, expected);
}
