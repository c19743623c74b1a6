namespace Tenon.Layers.Tests;

/// <summary>Products with a packed copy of a weight.</summary>
public class PackedWeightTests
{
    [Theory]
    [InlineData(WeightFormat.Fp32, 1)]
    [InlineData(WeightFormat.Fp32, 7)]
    [InlineData(WeightFormat.Fp32, 40)]
    [InlineData(WeightFormat.Bf16, 1)]
    [InlineData(WeightFormat.Bf16, 4)] // with more rows, CPUs with AMX also round the input
    [InlineData(WeightFormat.Int8, 1)]
    [InlineData(WeightFormat.Int8, 7)]
    [InlineData(WeightFormat.Int8, 40)]
    public void Products_use_the_rounded_weight(WeightFormat format, int rows)
    {
        using torch.Generator seeded = torch.manual_seed(5);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = torch.randn([95, 141]);
        weight[3].zero_();
        Tensor bias = torch.randn([95]);
        Tensor input = torch.randn([rows, 2, 141])[.., 1]; // not side by side in memory
        using PackedWeight packed = PackedWeight.Of(weight, bias, format);

        Tensor largest = weight.abs().amax([1L], keepdim: true) / 127;
        Tensor rounded = format switch
        {
            WeightFormat.Bf16 => weight.to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32),
            WeightFormat.Int8 => (weight / largest).nan_to_num(0).round() * largest,
            _ => weight,
        };
        using var noGrad = torch.no_grad();
        Tensor expected = F.linear(
            input.to(torch.ScalarType.Float64), rounded.to(torch.ScalarType.Float64), bias.to(torch.ScalarType.Float64));
        Tensor product = packed.Apply(input);
        product.dtype.Should().Be(torch.ScalarType.Float32);
        ((product.to(torch.ScalarType.Float64) - expected).abs().max() / expected.abs().max()).item<double>().Should().BeLessThan(1e-6);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(40)]
    public void Products_of_many_rows_in_bf16_are_as_precise_as_the_format(int rows)
    {
        using torch.Generator seeded = torch.manual_seed(6);
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        Tensor weight = torch.randn([95, 141]), bias = torch.randn([95]), input = torch.randn([rows, 141]);
        using PackedWeight packed = PackedWeight.Of(weight, bias, WeightFormat.Bf16);

        Tensor difference = packed.Apply(input).to(torch.ScalarType.Float32) - F.linear(input, weight, bias);

        (difference.abs().max() / F.linear(input, weight, bias).abs().max()).item<float>().Should().BeLessThan(1f / 128);
    }

    [Fact]
    public void Products_of_few_rows_do_not_depend_on_the_number_of_threads()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PackedWeight packed = PackedWeight.Of(torch.randn([1000, 200]), bias: null, WeightFormat.Bf16);
        Tensor input = torch.randn([3, 200]);
        Threads.ShouldNotMatter(() => packed.Apply(input));
    }
}
