namespace Tenon.Layers.Tests.Modules;

public class DropoutTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.001)]
    public void The_requested_share_is_dropped_and_the_mean_is_preserved(double p)
    {
        using torch.Generator seeded = torch.manual_seed(3);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor dropped = Dropout.Apply(torch.ones([1000, 1003]), p, training: true);
        // Five standard deviations of the share, and of the mean.
        double deviation = Math.Sqrt(p * (1 - p) / 1_003_000);
        dropped.eq(0).to(torch.ScalarType.Float64).mean().item<double>().Should().BeApproximately(p, 5 * deviation + 1e-5);
        dropped.mean().item<float>().Should().BeApproximately(1, (float)(5 * deviation / (1 - p)));
        dropped.max().item<float>().Should().BeApproximately((float)(1 / (1 - p)), 1e-4f);
    }

    [Fact]
    public void Elements_are_dropped_independently_of_their_neighbors()
    {
        using torch.Generator seeded = torch.manual_seed(5);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor centered = Dropout.Apply(torch.ones([1 << 20]), 0.5, training: true) - 1; // 1 or -1
        foreach (long shift in new long[] { 1, 2, 16, 32, 63, 64, 1024 })
            (centered * centered.roll(shift)).mean().item<float>().Should().BeApproximately(0, 5f / 1024, "of the shift {0}", shift);
    }

    [Fact]
    public void The_result_depends_on_the_seed_and_not_on_the_number_of_threads()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int threads = torch.get_num_threads();
        Tensor Drawn(long seed, int count)
        {
            torch.set_num_threads(count);
            using torch.Generator seeded = torch.manual_seed(seed);
            return Dropout.Apply(torch.ones([3, 100_001]), 0.3, training: true);
        }

        try
        {
            Tensor one = Drawn(7, 1);
            Drawn(7, 2).Equals(one).Should().BeTrue();
            Drawn(8, 2).Equals(one).Should().BeFalse();
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    [Theory]
    [InlineData(40)]
    [InlineData(40_000)]
    public void Gradients_pass_where_elements_are_kept(int rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor input = torch.randn([rows, 50]).requires_grad_(true);
        Tensor output = Dropout.Apply(input, 0.25, training: true);
        output.sum().backward();
        (input.grad! * input.detach()).allclose(output.detach()).Should().BeTrue();
        Dropout.Apply(input, 0.25, training: false).Should().BeSameAs(input);
    }
}
