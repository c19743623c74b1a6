namespace Tenon.Layers.Tests;

public class GatedFeedForwardTests
{
    [Fact]
    public void The_activation_is_applied_to_the_gate_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var context = new BuildContext(torch.CPU, new Autocast());
        Linear gate = Filled(6, 10), up = Filled(6, 10), down = Filled(10, 6);
        using var network = new GatedFeedForward(("w1", gate), ("w3", up), ("w2", down), Activations.Silu);
        Tensor x = torch.randn(2, 3, 6);

        Tensor wide = x.matmul(gate.Weight.t());
        Tensor expected = (wide / (1 + (-wide).exp()) * x.matmul(up.Weight.t())).matmul(down.Weight.t());

        Goldens.Difference(network.call(x), expected).Should().BeLessThan(1e-5);
        network.state_dict().Keys.Should().Equal("w1.weight", "w3.weight", "w2.weight");

        Linear Filled(long from, long to)
        {
            var map = new Linear(from, to, context, bias: false);
            Initialization.Normal(map.Weight, 0.5);
            return map;
        }
    }
}
