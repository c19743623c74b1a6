namespace Tenon.Layers.Tests.Normalization;

public sealed class RmsNormTests : IDisposable
{
    private const double Epsilon = 1e-5;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(24, 5)] // by torch's functions
    [InlineData(48, 5)] // by the kernel
    [InlineData(48, 3000)] // in several parts
    public void Results_and_gradients_equal_the_formula_in_float64(int size, int rows)
    {
        RmsNorm norm = Norm(size);
        Tensor input = (torch.randn(3, rows, size) * 4 + 2).requires_grad_(), cotangent = torch.randn(3, rows, size);
        Parameter weight = norm.get_parameter("weight")!;
        Tensor x = input.detach().to(torch.ScalarType.Float64).requires_grad_();
        Tensor w = weight.detach().to(torch.ScalarType.Float64).requires_grad_();

        Tensor found = norm.call(input), expected = x / ((x * x).mean([-1L], keepdim: true) + Epsilon).sqrt() * w;
        IList<Tensor> gradients = torch.autograd.grad([(found * cotangent).sum()], [input, weight]);
        IList<Tensor> formula = torch.autograd.grad([(expected * cotangent.to(torch.ScalarType.Float64)).sum()], [x, w]);

        Goldens.Difference(found, expected).Should().BeLessThan(1e-6);
        Goldens.Difference(gradients[0], formula[0]).Should().BeLessThan(1e-6);
        Goldens.Difference(gradients[1], formula[1]).Should().BeLessThan(1e-6 * Math.Max(10, rows));
    }

    [Fact]
    public void In_training_the_input_of_maps_has_their_type()
    {
        var bfloat16 = new Autocast { Type = torch.ScalarType.BFloat16 };
        RmsNorm wide = Norm(48), maps = Norm(48, bfloat16, feedsMaps: true);
        Tensor input = torch.randn(7, 48).requires_grad_(), cotangent = torch.randn(7, 48).to(torch.ScalarType.BFloat16);

        Tensor found = maps.call(input), expected = wide.call(input).to(torch.ScalarType.BFloat16);

        found.dtype.Should().Be(torch.ScalarType.BFloat16);
        Goldens.Difference(found, expected).Should().Be(0);
        Goldens.Difference(
            torch.autograd.grad([(found * cotangent).sum()], [input])[0], torch.autograd.grad([(expected * cotangent).sum()], [input])[0])
            .Should().Be(0);
        using IDisposable noGrad = torch.no_grad();
        maps.call(input).dtype.Should().Be(torch.ScalarType.Float32);
    }

    [Fact]
    public void A_frozen_gain_gets_no_gradient()
    {
        RmsNorm norm = Norm(48);
        Parameter weight = norm.get_parameter("weight")!;
        weight.requires_grad = false;
        Tensor input = torch.randn(4, 48).requires_grad_();

        norm.call(input).sum().backward();

        weight.grad.Should().BeNull();
        input.grad!.abs().max().item<float>().Should().BeGreaterThan(0);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        RmsNorm norm = Norm(64);
        Tensor input = torch.randn(5000, 64).requires_grad_(), cotangent = torch.randn(5000, 64);
        Parameter weight = norm.get_parameter("weight")!;

        Threads.ShouldNotMatter(() => torch.autograd.grad([(norm.call(input) * cotangent).sum()], [weight])[0]);
    }

    [Theory]
    [InlineData(torch.ScalarType.BFloat16, 2e4)]
    [InlineData(torch.ScalarType.Float16, 2e4)] // its square is beyond the largest float16
    public void Statistics_of_16_bit_inputs_are_float32(torch.ScalarType type, double factor)
    {
        RmsNorm norm = Norm(24);
        Tensor input = (torch.randn(3, 24).clamp(-2, 2) * factor).to(type);

        Tensor found = norm.call(input);

        found.dtype.Should().Be(torch.ScalarType.Float32);
        Goldens.Difference(found, norm.call(input.to(torch.ScalarType.Float32))).Should().Be(0);
        found.isfinite().all().item<bool>().Should().BeTrue();
    }

    [Fact]
    public void A_new_layer_has_gain_1_and_one_parameter()
    {
        var norm = new RmsNorm(8, Epsilon, new BuildContext(torch.CPU, new Autocast()));
        norm.state_dict().Keys.Should().Equal("weight");
        norm.get_parameter("weight")!.data<float>().Should().OnlyContain(number => number == 1);
    }

    private static RmsNorm Norm(int size, Autocast? autocast = null, bool feedsMaps = false)
    {
        torch.manual_seed(7);
        RmsNorm norm = new(size, Epsilon, new BuildContext(torch.CPU, autocast ?? new Autocast())) { FeedsMaps = feedsMaps };
        using IDisposable noGrad = torch.no_grad();
        norm.get_parameter("weight")!.add_(torch.randn(size) * 0.3);
        return norm;
    }
}
