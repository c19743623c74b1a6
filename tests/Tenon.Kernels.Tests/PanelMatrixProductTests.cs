namespace Tenon.Kernels.Tests;

/// <summary>Products of many rows from memory into memory, with each tile.</summary>
public sealed class PanelMatrixProductTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 8, 32)]
    [InlineData(12, 64, 64)] // whole tiles of 12 × 32
    [InlineData(13, 33, 7)]
    [InlineData(18, 137, 48)] // whole tiles of 6 × 16
    [InlineData(37, 512, 95)]
    [InlineData(61, 513, 40)] // two blocks of inputs
    [InlineData(70, 1501, 33)]
    [InlineData(1600, 24, 20)] // two blocks of rows
    [InlineData(20, 1024, 900)] // several parts
    public void Products_equal_those_in_float64_in_each_format(int rows, int inputs, int outputs)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        Tensor x = torch.randn(rows, inputs), weight = torch.randn(outputs, inputs), bias = torch.randn(outputs);
        Tensor scales = torch.rand(outputs) + 0.5;
        Tensor half = weight.to(torch.ScalarType.BFloat16), whole = (weight * 30).to(torch.ScalarType.Int8);

        Check<Float32Format>(weight, null, bias);
        Check<Float32Format>(weight, null, null);
        Check<BFloat16Format>(half, null, bias);
        Check<Int8Format>(whole, scales, bias);
        Tensor transposed = weight.t().contiguous();
        Near(Product<Avx512Tile, Float32Format>(x, transposed, null, bias, isTransposed: true), Expected(weight, null, bias));
        Near(Product<Avx2Tile, Float32Format>(x, transposed, null, bias, isTransposed: true), Expected(weight, null, bias));

        void Check<TFormat>(Tensor stored, Tensor? factors, Tensor? offsets)
            where TFormat : struct, INumberFormat
        {
            Tensor expected = Expected(stored, factors, offsets);
            Near(Product<Avx512Tile, TFormat>(x, stored, factors, offsets), expected);
            Near(Product<Avx2Tile, TFormat>(x, stored, factors, offsets), expected);
        }

        Tensor Expected(Tensor stored, Tensor? factors, Tensor? offsets)
        {
            Tensor wide = stored.to(torch.ScalarType.Float64);
            if (factors is not null)
                wide *= factors.unsqueeze(1).to(torch.ScalarType.Float64);
            return F.linear(x.to(torch.ScalarType.Float64), wide, offsets?.to(torch.ScalarType.Float64));
        }
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        Tensor x = torch.randn(50, 700), weight = torch.randn(900, 700), bias = torch.randn(900);
        Threads.ShouldNotMatter(() => Product<Avx2Tile, Float32Format>(x, weight, null, bias));
    }

    [Fact]
    public void Infinite_and_undefined_inputs_stay_in_their_rows()
    {
        Tensor x = torch.ones(14, 20), weight = torch.ones(9, 20);
        x[3, 4] = float.PositiveInfinity;
        x[13, 0] = float.NaN;
        Tensor product = Product<Avx2Tile, Float32Format>(x, weight, null, null);
        product[3].isinf().all().item<bool>().Should().BeTrue();
        product[13].isnan().all().item<bool>().Should().BeTrue();
        product[..3].Equals(torch.full([3, 9], 20f)).Should().BeTrue();
        product[4..13].Equals(torch.full([9, 9], 20f)).Should().BeTrue();
    }

    private static Tensor Product<TTile, TFormat>(Tensor x, Tensor weight, Tensor? scales, Tensor? bias, bool isTransposed = false)
        where TTile : struct, IProductTile
        where TFormat : struct, INumberFormat
    {
        int outputs = (int)weight.size(isTransposed ? 1 : 0);
        Tensor result = torch.full([x.size(0), outputs], float.NaN);
        new PanelMatrixProduct(
            Address(x), Address(weight), Address(scales), Address(bias), Address(result), (int)x.size(0), (int)x.size(1), outputs)
        {
            IsTransposed = isTransposed,
        }.Run<TTile, TFormat>(torch.get_num_threads());
        return result;
    }

    private static nint Address(Tensor? tensor) => tensor is null ? 0 : TensorAddress.Of(tensor);

    private static void Near(Tensor found, Tensor expected) =>
        ((found - expected).abs().max() / expected.abs().max()).to(torch.ScalarType.Float64).item<double>().Should().BeLessThan(2e-6);
}
