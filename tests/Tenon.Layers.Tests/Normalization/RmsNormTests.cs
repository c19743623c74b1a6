namespace Tenon.Layers.Tests.Normalization;

public sealed class RmsNormTests : IDisposable
{
    private const double Epsilon = 1e-5;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Results_and_gradients_equal_the_formula_in_float64()
    {
        RmsNorm norm = Norm(24);
        Tensor input = (torch.randn(3, 5, 24) * 4 + 2).requires_grad_(), cotangent = torch.randn(3, 5, 24);
        Parameter weight = norm.get_parameter("weight")!;
        Tensor x = input.detach().to(torch.ScalarType.Float64).requires_grad_();
        Tensor w = weight.detach().to(torch.ScalarType.Float64).requires_grad_();

        Tensor found = norm.call(input), expected = x / ((x * x).mean([-1L], keepdim: true) + Epsilon).sqrt() * w;
        IList<Tensor> gradients = torch.autograd.grad([(found * cotangent).sum()], [input, weight]);
        IList<Tensor> formula = torch.autograd.grad([(expected * cotangent.to(torch.ScalarType.Float64)).sum()], [x, w]);

        Goldens.Difference(found, expected).Should().BeLessThan(1e-6);
        Goldens.Difference(gradients[0], formula[0]).Should().BeLessThan(1e-6);
        Goldens.Difference(gradients[1], formula[1]).Should().BeLessThan(1e-5);
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

    private static RmsNorm Norm(int size)
    {
        torch.manual_seed(7);
        RmsNorm norm = new(size, Epsilon, new BuildContext(torch.CPU, new Autocast()));
        using IDisposable noGrad = torch.no_grad();
        norm.get_parameter("weight")!.add_(torch.randn(size) * 0.3);
        return norm;
    }
}
