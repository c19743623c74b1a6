namespace Tenon.Layers.Tests;

public class RotaryPositionsTests
{
    // x' = x·cos(pθ) − y·sin(pθ), y' = y·cos(pθ) + x·sin(pθ) with θ = base^(−2i/R): equation 34 of Su et al. (2021), where
    // the pairs are dimensions i and i + R/2.
    [Theory]
    [InlineData(8, 8, 10_000)]
    [InlineData(8, 4, 10_000)]
    [InlineData(8, 2, 500_000)]
    [InlineData(32, 32, 10_000)] // by the kernel
    [InlineData(64, 32, 10_000)]
    public void Each_pair_turns_by_an_angle_proportional_to_the_position(int headSize, int rotated, double theta)
    {
        using torch.Generator seeded = torch.manual_seed(2);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor heads = torch.randn([2, 3, 5, headSize]);
        long[] positions = [0, 1, 2, 700, 5];
        var rotary = new RotaryPositions(rotated, theta);

        Tensor turned = rotary.Rotate(heads, rotary.At(torch.tensor(positions)));

        float[] before = [.. heads.data<float>()], after = [.. turned.contiguous().data<float>()];
        for (int vector = 0; vector < before.Length / headSize; vector++)
        {
            double position = positions[vector % positions.Length];
            for (int i = 0; i < headSize; i++)
            {
                double expected = before[vector * headSize + i];
                if (i < rotated)
                {
                    int pair = i % (rotated / 2);
                    double angle = position * Math.Pow(theta, -2.0 * pair / rotated);
                    double x = before[vector * headSize + pair], y = before[vector * headSize + pair + rotated / 2];
                    expected = i < rotated / 2 ? x * Math.Cos(angle) - y * Math.Sin(angle) : y * Math.Cos(angle) + x * Math.Sin(angle);
                }

                after[vector * headSize + i].Should().BeApproximately((float)expected, 1e-4f);
            }
        }
    }

    [Fact]
    public void Products_depend_only_on_the_distance()
    {
        using torch.Generator seeded = torch.manual_seed(3);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor query = torch.randn([1, 1, 1, 16]), key = torch.randn([1, 1, 1, 16]);
        var rotary = new RotaryPositions(16);
        float Product(long at, long from) =>
            (rotary.Rotate(query, rotary.At(torch.tensor([at]))) * rotary.Rotate(key, rotary.At(torch.tensor([from])))).sum().item<float>();

        Product(9, 4).Should().BeApproximately(Product(105, 100), 1e-4f);
        Product(9, 4).Should().NotBeApproximately(Product(9, 5), 1e-3f);
    }

    // A rotation by an angle back undoes it, and is its gradient.
    [Theory]
    [InlineData(torch.ScalarType.Float32, 1e-6)]
    [InlineData(torch.ScalarType.BFloat16, 2e-2)]
    public void Gradients_are_turned_back(torch.ScalarType type, double tolerance)
    {
        using torch.Generator seeded = torch.manual_seed(4);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor map = torch.randn([2, 5, 3 * 64]).to(type).requires_grad_();
        var rotary = new RotaryPositions(32);
        Tensor rotations = rotary.At(torch.arange(5) + 90);

        Tensor turned = rotary.Rotate(MultiHead.Split(map, 64), rotations);
        turned.backward([turned.detach()]);

        turned.is_contiguous().Should().BeTrue();
        map.grad!.is_contiguous().Should().BeTrue("it is the gradient of a linear map's output");
        Goldens.Difference(map.grad!, map).Should().BeLessThan(tolerance);
        Goldens.Difference(turned, rotary.Rotate(MultiHead.Split(map, 64).contiguous().detach(), rotations)).Should().Be(0);
    }

    [Theory]
    [InlineData(8, 4)]
    [InlineData(48, 32)] // by the kernel
    public void Rows_may_have_their_own_positions(int headSize, int rotated)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor heads = torch.randn([2, 3, 4, headSize]);
        var rotary = new RotaryPositions(rotated);
        Tensor together = rotary.Rotate(heads, rotary.At(torch.tensor(new long[,] { { 0, 1, 2, 3 }, { 7, 8, 9, 10 } })));

        together[0].Equals(rotary.Rotate(heads.narrow(0, 0, 1), rotary.At(torch.arange(4)))[0]).Should().BeTrue();
        together[1].Equals(rotary.Rotate(heads.narrow(0, 1, 1), rotary.At(torch.arange(7, 11)))[0]).Should().BeTrue();
    }

    [Fact]
    public void Halves_of_a_pair_cannot_be_rotated()
    {
        Action odd = () => _ = new RotaryPositions(3);

        odd.Should().Throw<ModelException>().WithMessage("*dimensions per head is 3*even*");
    }
}
