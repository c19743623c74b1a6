using Tenon.Layers;

namespace Tenon.Gpt.Tests;

public class PackedWeightsTests
{
    [Theory]
    [InlineData(WeightFormat.Fp32, 1e-6)]
    [InlineData(WeightFormat.Bf16, 0.02)]
    [InlineData(WeightFormat.Int8, 0.03)]
    public void Logits_differ_by_no_more_than_the_format_rounds(WeightFormat format, double most)
    {
        using torch.Generator seeded = torch.manual_seed(4);
        using GptModel model = Build();
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor ids = torch.randint(0, 300, [2, 20], torch.ScalarType.Int64);
        Tensor exact = model.Logits(ids);
        model.PackWeights(format);
        Tensor packed = model.Logits(ids);
        packed.dtype.Should().Be(torch.ScalarType.Float32);
        double error = ((packed - exact).norm() / exact.norm()).item<float>();
        error.Should().BeLessThan(most);
        if (format != WeightFormat.Fp32)
            error.Should().BePositive();

        model.PackWeights(null);
        model.Logits(ids).Equals(exact).Should().BeTrue();
    }

    [Fact]
    public void Training_goes_on_with_the_weights_themselves()
    {
        using GptModel model = Build();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor ids = torch.arange(16, torch.ScalarType.Int64).unsqueeze(0);
        Tensor exact = model.Logits(ids);
        model.PackWeights(WeightFormat.Int8);
        model.Logits(ids).Equals(exact).Should().BeTrue();
        model.Logits(ids).requires_grad.Should().BeTrue();
    }

    [Fact]
    public void Copies_go_with_the_model()
    {
        GptModel plain = Build(), packed = Build();
        long freed = -LiveTensors.LeftBy(plain.Dispose);
        long copies = LiveTensors.LeftBy(() =>
        {
            packed.PackWeights(WeightFormat.Int8);
            packed.PackWeights(WeightFormat.Bf16);
        });
        copies.Should().BePositive();
        LiveTensors.LeftBy(packed.Dispose).Should().Be(-(freed + copies));
    }

    [Theory]
    [InlineData(WeightFormat.Fp32, 1)]
    [InlineData(WeightFormat.Fp32, 7)]
    [InlineData(WeightFormat.Fp32, 40)]
    [InlineData(WeightFormat.Bf16, 1)]
    [InlineData(WeightFormat.Bf16, 7)]
    [InlineData(WeightFormat.Int8, 1)]
    [InlineData(WeightFormat.Int8, 7)]
    [InlineData(WeightFormat.Int8, 40)]
    public void Products_are_those_of_the_rounded_weight(WeightFormat format, int rows)
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
        Tensor expected = F.linear(input.to(torch.ScalarType.Float64), rounded.to(torch.ScalarType.Float64), bias.to(torch.ScalarType.Float64));
        Tensor product = packed.Apply(input);
        product.dtype.Should().Be(torch.ScalarType.Float32);
        ((product.to(torch.ScalarType.Float64) - expected).abs().max() / expected.abs().max()).item<double>().Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Products_of_few_rows_do_not_depend_on_the_number_of_threads()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PackedWeight packed = PackedWeight.Of(torch.randn([1000, 200]), bias: null, WeightFormat.Bf16);
        Tensor input = torch.randn([3, 200]);
        Threads.ShouldNotMatter(() => packed.Apply(input));
    }

    private static GptModel Build()
    {
        var architecture = new GptArchitecture();
        var options = new GptOptions { Layers = 3, HiddenSize = 64, Heads = 4, ContextLength = 32, VocabularySize = 320, InitializerRange = 0.1 };
        GptModel model = architecture.Build(
            architecture.Resolve(options, new ModelFacts(320, new SpecialTokens(), new DataFacts())), new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }
}
