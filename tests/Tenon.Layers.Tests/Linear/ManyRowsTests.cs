namespace Tenon.Layers.Tests;

/// <summary>Linear maps of many rows without gradients.</summary>
public class ManyRowsTests
{
    private static readonly Autocast _fp32 = new();

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(31)]
    [InlineData(70)]
    public void Products_equal_those_in_float64(int rows)
    {
        using torch.Generator seeded = torch.manual_seed(6);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = torch.randn([95, 141]), bias = torch.randn([95]), input = torch.randn([rows, 2, 141]);

        Check(input, weight, bias);
        Check(input, weight, null);
        Check(input[.., 1], weight, bias); // not side by side in memory
        Check(input, torch.randn([141, 95]).t(), bias);
        Check(input, torch.randn([95, 150]).narrow(1, 4, 141), bias);
        Check(input.expand([3, rows, 2, 141]), weight, bias.expand([2, 95])[1]);

        static void Check(Tensor x, Tensor w, Tensor? b)
        {
            using IDisposable untracked = torch.no_grad(), inference = InferenceMode.Enter();
            Tensor expected = F.linear(x.to(torch.ScalarType.Float64), w.to(torch.ScalarType.Float64), b?.to(torch.ScalarType.Float64));
            Tensor found = Linear.Apply(x, w, b, _fp32);
            found.dtype.Should().Be(torch.ScalarType.Float32);
            found.shape.Should().Equal(expected.shape);
            ((found - expected).abs().max() / expected.abs().max()).item<double>().Should().BeLessThan(1e-6);
        }
    }

    [Fact]
    public void Outside_of_inference_the_product_is_torchs()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        Tensor weight = torch.randn([95, 141]), input = torch.randn([70, 141]);
        Linear.Apply(input, weight, null, _fp32).equal(F.linear(input, weight)).all().item<bool>().Should().BeTrue();
    }

    [Fact]
    public void An_empty_batch_has_an_empty_product()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad(), inference = InferenceMode.Enter();
        Linear.Apply(torch.randn([0, 5]), torch.randn([3, 5]), null, _fp32).shape.Should().Equal(0, 3);
    }

    [Fact]
    public void Operands_that_do_not_match_are_reported()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad(), inference = InferenceMode.Enter();
        Action apply = () => Linear.Apply(torch.randn([20, 6]), torch.randn([3, 5]), null, _fp32);
        apply.Should().Throw<System.Runtime.InteropServices.ExternalException>();
    }

    [Fact]
    public void Gradients_flow_where_they_are_enabled()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = torch.randn([3, 5], requires_grad: true);
        Linear.Apply(torch.randn([20, 5]), weight, null, _fp32).requires_grad.Should().BeTrue();
    }

    [Fact]
    public void A_changed_weight_changes_the_product()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad(), inference = InferenceMode.Enter();
        Tensor weight = torch.ones([3, 5]), input = torch.ones([20, 5]);
        Linear.Apply(input, weight, null, _fp32).Equals(torch.full([20, 3], 5f)).Should().BeTrue();
        weight.fill_(2);
        Linear.Apply(input, weight, null, _fp32).Equals(torch.full([20, 3], 10f)).Should().BeTrue();
    }
}
