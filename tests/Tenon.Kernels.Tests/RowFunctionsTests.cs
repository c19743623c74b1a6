using System.Runtime.Intrinsics;

namespace Tenon.Kernels.Tests;

public sealed class RowFunctionsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Layer_norm_equals_torchs()
    {
        using torch.Generator seeded = torch.manual_seed(5);
        Tensor x = torch.randn(3, 48) * 4 + 9, weight = torch.randn(48), bias = torch.randn(48), found = torch.empty(3, 48);

        RowFunctions.LayerNorm(
            TensorAddress.Of(x), TensorAddress.Of(weight), TensorAddress.Of(bias), 1e-5f, TensorAddress.Of(found), rows: 3, size: 48);

        (found - F.layer_norm(x, [48], weight, bias, 1e-5)).abs().max().item<float>().Should().BeLessThan(5e-6f);
    }

    [Fact]
    public void The_exponential_has_the_stated_error()
    {
        for (float x = -87; x < 88; x += 0.01f)
            (RowFunctions.Exp(Vector256.Create(x))[0] / Math.Exp(x)).Should().BeApproximately(1, 3e-7);
        RowFunctions.Exp(Vector256.Create(-88f))[0].Should().Be(0);
        RowFunctions.Exp(Vector256.Create(float.NegativeInfinity))[0].Should().Be(0);
    }
}
