namespace Tenon.Kernels.Tests;

/// <summary>Products of a few rows from memory into memory.</summary>
public sealed class SkinnyMatrixProductTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 64)]
    [InlineData(3, 137)] // with a rest after the last vector
    [InlineData(6, 256)] // four rows at a time, and two alone
    [InlineData(9, 300)] // a lane for each row
    [InlineData(16, 130)]
    public void Products_equal_those_in_float64_in_each_format(int rows, int inputs)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        const int outputs = 43; // a rest of three after the last tile
        Tensor x = torch.randn(rows, inputs), weight = torch.randn(outputs, inputs), bias = torch.randn(outputs),
            scales = torch.rand(outputs) + 0.5;
        Tensor half = weight.to(torch.ScalarType.BFloat16), whole = (weight * 30).to(torch.ScalarType.Int8);

        Check<Float32Format>(weight, null);
        Check<BFloat16Format>(half, null);
        Check<Int8Format>(whole, scales);

        void Check<TFormat>(Tensor stored, Tensor? factors)
            where TFormat : struct, INumberFormat
        {
            Tensor wide = stored.to(torch.ScalarType.Float64);
            if (factors is not null)
                wide *= factors.unsqueeze(1).to(torch.ScalarType.Float64);
            Tensor expected = F.linear(x.to(torch.ScalarType.Float64), wide, bias.to(torch.ScalarType.Float64));
            Near(Product<TFormat>(x, stored, factors, bias, torch.zeros(rows, outputs), ProductEnding.Write), expected);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(12)]
    public void Sums_are_added_or_activated(int rows)
    {
        using torch.Generator seeded = torch.manual_seed(2);
        Tensor x = torch.randn(rows, 96), weight = torch.randn(24, 96) * 0.1, before = torch.randn(rows, 24);
        Tensor product = F.linear(x, weight);

        Near(Product<Float32Format>(x, weight, null, null, before.clone(), ProductEnding.Add), before + product);
        Near(
            Product<Float32Format>(x, weight, null, null, before.clone(), ProductEnding.TanhGelu),
            F.gelu(product, TorchSharp.Modules.GELU.Approximate.tanh));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(11)]
    public void The_number_of_threads_does_not_matter(int rows)
    {
        Tensor x = torch.randn(rows, 700), weight = torch.randn(900, 700);
        Threads.ShouldNotMatter(() => Product<Float32Format>(x, weight, null, null, torch.zeros(rows, 900), ProductEnding.Write));
    }

    private static Tensor Product<TFormat>(Tensor x, Tensor weight, Tensor? scales, Tensor? bias, Tensor result, ProductEnding ending)
        where TFormat : struct, INumberFormat
    {
        var product = new SkinnyMatrixProduct(
            Address(x), Address(weight), Address(scales), Address(bias), Address(result),
            (int)x.size(0), (int)x.size(1), (int)weight.size(0), ending);
        product.Run<TFormat>(torch.get_num_threads());
        return result;
    }

    private static nint Address(Tensor? tensor) => tensor is null ? 0 : TensorAddress.Of(tensor);

    private static void Near(Tensor found, Tensor expected) =>
        ((found - expected).abs().max() / expected.abs().max()).to(torch.ScalarType.Float64).item<double>().Should().BeLessThan(1e-6);
}
