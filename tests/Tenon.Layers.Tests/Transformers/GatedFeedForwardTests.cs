namespace Tenon.Layers.Tests;

public class GatedFeedForwardTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(16)] // by the kernel
    public void The_activation_is_applied_to_the_gate_alone(int wideSize)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var context = new BuildContext(torch.CPU, new Autocast());
        Linear gate = Filled(6, wideSize), up = Filled(6, wideSize), down = Filled(wideSize, 6);
        using var network = new GatedFeedForward(("w1", gate), ("w3", up), ("w2", down), Activations.Silu);
        Tensor x = torch.randn(2, 3, 6);

        Tensor wide = x.matmul(gate.Weight.t());
        Tensor expected = (wide / (1 + (-wide).exp()) * x.matmul(up.Weight.t())).matmul(down.Weight.t());

        Goldens.Difference(network.call(x), expected).Should().BeLessThan(1e-5);
        using (torch.no_grad())
            Goldens.Difference(network.call(x), expected).Should().BeLessThan(1e-5);
        network.state_dict().Keys.Should().Equal("w1.weight", "w3.weight", "w2.weight");

        Linear Filled(long from, long to)
        {
            var map = new Linear(from, to, context, bias: false);
            Initialization.Normal(map.Weight, 0.5);
            return map;
        }
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, 1e-6)]
    [InlineData(torch.ScalarType.BFloat16, 4e-3)] // 8 bits
    public void Gradients_of_a_SwiGlu_equal_the_formula_in_float64(torch.ScalarType type, double relative)
    {
        using torch.Generator seeded = torch.manual_seed(5);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor gate = (torch.randn(33, 1024) * 3).to(type).requires_grad_(), up = torch.randn(33, 1024).to(type).requires_grad_();
        Tensor cotangent = torch.randn(33, 1024).to(type);
        Tensor a = Wide(gate).requires_grad_(), b = Wide(up).requires_grad_();

        Tensor found = SwiGlu.Of(gate, up), expected = a * a.sigmoid() * b;
        IList<Tensor> gradients = torch.autograd.grad([(found * cotangent).sum()], [gate, up]);
        IList<Tensor> formula = torch.autograd.grad([(expected * Wide(cotangent)).sum()], [a, b]);

        found.dtype.Should().Be(type);
        Compare(found, expected);
        Compare(gradients[0], formula[0]);
        Compare(gradients[1], formula[1]);

        void Compare(Tensor one, Tensor exact) =>
            Goldens.Difference(one, exact).Should().BeLessThan(relative * exact.abs().max().item<double>());

        static Tensor Wide(Tensor tensor) => tensor.detach().to(torch.ScalarType.Float64);
    }
}
