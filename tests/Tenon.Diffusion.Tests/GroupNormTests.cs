using Tenon.Layers;

namespace Tenon.Diffusion.Tests;

/// <summary>The layer in both layouts of images, against torch's functions one after the other.</summary>
public sealed class GroupNormTests : IDisposable
{
    private const double Epsilon = 1e-5;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(2, 32, 8, 8, 8, false, false)]
    [InlineData(3, 32, 8, 7, 5, true, true)]
    [InlineData(2, 96, 8, 5, 9, true, false)] // twelve channels a group
    [InlineData(1, 256, 32, 14, 14, true, true)]
    [InlineData(2, 16, 16, 4, 4, true, true)] // one channel a group
    [InlineData(2, 48, 1, 3, 3, true, true)]
    [InlineData(2, 512, 2, 20, 20, true, true)] // several threads an image
    [InlineData(1, 32, 4, 1, 1, true, true)]
    public void Results_and_gradients_are_torchs(int images, int channels, int groups, int height, int width, bool silu, bool adds)
    {
        GroupNorm norm = Norm(groups, channels);
        Tensor input = Images(images, channels, height, width), gradient = torch.randn(images, channels, height, width);
        Tensor? added = adds ? torch.randn(images, channels) : null;

        Found found = Through(norm, ChannelsLast.Of(input), added, gradient, torch.ScalarType.Float32, silu);
        Found expected = Reference(norm, input, added, gradient, groups, silu);

        found.ShouldBe(expected, 2e-5);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.BFloat16, torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.BFloat16, torch.ScalarType.Float32)]
    public void Bfloat16_is_rounded_once(torch.ScalarType type, torch.ScalarType resultType)
    {
        GroupNorm norm = Norm(8, 64);
        Tensor input = Images(2, 64, 6, 6).to(type), added = torch.randn(2, 64), gradient = torch.randn(2, 64, 6, 6).to(resultType);

        Found found = Through(norm, ChannelsLast.Of(input), added, gradient, resultType, silu: true);
        Found expected = Reference(norm, input.to(torch.ScalarType.Float32), added, gradient.to(torch.ScalarType.Float32), 8, silu: true);

        found.Result.dtype.Should().Be(resultType);
        found.Input.dtype.Should().Be(type);
        found.Result.to(torch.ScalarType.Float32).allclose(expected.Result.to(resultType).to(torch.ScalarType.Float32), 1e-2, 1e-5).Should().BeTrue();
        found.Input.to(torch.ScalarType.Float32).allclose(expected.Input, 1e-2, 1e-4).Should().BeTrue();
        (found with { Result = expected.Result, Input = expected.Input }).ShouldBe(expected, 2e-5);
    }

    [Fact]
    public void A_mean_far_from_zero_costs_no_more_than_torchs_own_rounding()
    {
        GroupNorm norm = Norm(8, 32);
        Tensor input = Images(2, 32, 16, 16) + 1000;
        Tensor exact = torch.nn.functional.group_norm(
            input.to(torch.ScalarType.Float64), 8, norm.get_parameter("weight")!.to(torch.ScalarType.Float64), norm.get_parameter("bias")!.to(torch.ScalarType.Float64), Epsilon);

        Tensor found = norm.Apply(ChannelsLast.Of(input), torch.ScalarType.Float32);

        Golden.Difference(found, exact.to(torch.ScalarType.Float32)).Should().BeLessThan(2e-3);
    }

    [Theory]
    [InlineData(24, "relu")]
    [InlineData(32, "relu")]
    [InlineData(24, "silu")]
    public void Other_sizes_and_activations_go_torchs_way(int channels, string activation)
    {
        GroupNorm norm = Norm(8, channels);
        Tensor input = Images(2, channels, 5, 5), added = torch.randn(2, channels);
        Func<Tensor, Tensor> function = Activations.Find(activation, "act_fn");
        Tensor expected = function(torch.nn.functional.group_norm(
            input + added.reshape(2, channels, 1, 1), 8, norm.get_parameter("weight"), norm.get_parameter("bias"), Epsilon));

        foreach (Tensor laid in new[] { input, ChannelsLast.Of(input) })
            norm.Apply(laid, torch.ScalarType.Float32, function, added).allclose(expected, 1e-5, 1e-5).Should().BeTrue();
    }

    [Fact]
    public void The_result_keeps_the_layout()
    {
        GroupNorm norm = Norm(8, 32);
        Tensor input = Images(2, 32, 5, 5);

        ChannelsLast.Is(norm.call(ChannelsLast.Of(input))).Should().BeTrue();
        norm.call(input).is_contiguous().Should().BeTrue();
        ChannelsLast.Is(ChannelsLast.Of(Images(2, 1, 5, 5))).Should().BeTrue();
        ChannelsLast.Is(input).Should().BeFalse();
        ChannelsLast.Is(torch.randn(4, 32)).Should().BeFalse();
    }

    [Fact]
    public void What_is_not_finite_stays_so()
    {
        GroupNorm norm = Norm(8, 32);
        Tensor input = Images(1, 32, 4, 4);
        input[0, 5, 1, 1] = float.NaN;

        Tensor found = norm.Apply(ChannelsLast.Of(input), torch.ScalarType.Float32, Activations.Silu);

        found.isnan().sum().item<long>().Should().Be(4 * 16); // its group
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        GroupNorm norm = Norm(8, 512);
        Tensor input = ChannelsLast.Of(Images(2, 512, 20, 20)), gradient = torch.randn(2, 512, 20, 20);

        Threads.ShouldNotMatter(() =>
        {
            Found found = Through(norm, input, null, gradient, torch.ScalarType.Float32, silu: true);
            return torch.cat([found.Result.flatten(), found.Input.flatten(), found.Weight, found.Bias]);
        });
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        GroupNorm norm = Norm(8, 32);

        FluentActions.Invoking(() => Norm(5, 32)).Should().Throw<ModelException>().WithMessage("32 channels*5 groups*");
        FluentActions.Invoking(() => norm.call(ChannelsLast.Of(Images(1, 64, 4, 4)))).Should().Throw<System.Runtime.InteropServices.ExternalException>();
        FluentActions.Invoking(() => norm.Apply(ChannelsLast.Of(Images(2, 32, 4, 4)), torch.ScalarType.Float32, added: torch.randn(3, 32)))
            .Should().Throw<System.Runtime.InteropServices.ExternalException>();
    }

    private static GroupNorm Norm(int groups, int channels)
    {
        torch.manual_seed(7);
        GroupNorm norm = new(groups, channels, Epsilon, new BuildContext(torch.CPU, new Autocast()));
        using IDisposable noGrad = torch.no_grad();
        norm.get_parameter("weight")!.add_(torch.randn(channels) * 0.3);
        norm.get_parameter("bias")!.add_(torch.randn(channels) * 0.3);
        return norm;
    }

    // Each channel with a mean and a size of its own.
    private static Tensor Images(int images, int channels, int height, int width) =>
        torch.randn(images, channels, height, width) * (torch.rand(1, channels, 1, 1) * 3 + 0.1) + torch.randn(1, channels, 1, 1) * 2;

    private static Found Through(GroupNorm norm, Tensor input, Tensor? added, Tensor gradient, torch.ScalarType type, bool silu)
    {
        (Tensor x, Tensor? t) = Leaves(norm, input, added);
        Tensor result = norm.Apply(x, type, silu ? Activations.Silu : null, t);
        result.backward([gradient]);
        return Found.Of(norm, result, x, t);
    }

    private static Found Reference(GroupNorm norm, Tensor input, Tensor? added, Tensor gradient, int groups, bool silu)
    {
        (Tensor x, Tensor? t) = Leaves(norm, input, added);
        Tensor sum = t is null ? x : x + t.unsqueeze(-1).unsqueeze(-1);
        Tensor result = torch.nn.functional.group_norm(sum, groups, norm.get_parameter("weight"), norm.get_parameter("bias"), Epsilon);
        result = silu ? torch.nn.functional.silu(result) : result;
        result.backward([gradient]);
        return Found.Of(norm, result, x, t);
    }

    private static (Tensor Input, Tensor? Added) Leaves(GroupNorm norm, Tensor input, Tensor? added)
    {
        norm.zero_grad();
        return (input.detach().requires_grad_(), added?.detach().requires_grad_());
    }

    private sealed record Found(Tensor Result, Tensor Input, Tensor Weight, Tensor Bias, Tensor? Added)
    {
        public static Found Of(GroupNorm norm, Tensor result, Tensor input, Tensor? added) => new(
            result.detach(), input.grad!.clone(), norm.get_parameter("weight")!.grad!.clone(), norm.get_parameter("bias")!.grad!.clone(), added?.grad!.clone());

        public void ShouldBe(Found expected, double tolerance)
        {
            Compare(Result, expected.Result, "result");
            Compare(Input, expected.Input, "gradient of the input");
            Compare(Weight, expected.Weight, "gradient of the gain");
            Compare(Bias, expected.Bias, "gradient of the offset");
            if (expected.Added is { } added)
                Compare(Added!, added, "gradient of what is added");

            void Compare(Tensor found, Tensor wanted, string what) =>
                Golden.Difference(found, wanted).Should().BeLessThan(tolerance * Math.Max(1, wanted.abs().max().item<float>()), what);
        }
    }
}
