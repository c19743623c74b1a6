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
        GptModel plain = Build();
        long before = Tensor.TotalCount;
        plain.Dispose();
        long freed = before - Tensor.TotalCount;

        GptModel model = Build();
        before = Tensor.TotalCount;
        model.PackWeights(WeightFormat.Int8);
        model.PackWeights(WeightFormat.Bf16);
        Tensor.TotalCount.Should().BeGreaterThan(before);
        model.Dispose();
        Tensor.TotalCount.Should().Be(before - freed);
    }

    [Fact]
    public void Int8_products_are_those_of_the_rounded_weight()
    {
        using torch.Generator seeded = torch.manual_seed(5);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = torch.randn([96, 64]);
        weight[3].zero_();
        Tensor input = torch.randn([2, 3, 64]).to(torch.ScalarType.BFloat16);
        using PackedWeight packed = PackedWeight.Of(weight, WeightFormat.Int8);

        Tensor scales = (weight.abs().amax([1L], keepdim: true) / 127).to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32);
        Tensor rounded = (weight / scales).nan_to_num(0).round().clamp(-127, 127) * scales;
        Tensor expected = F.linear(input.to(torch.ScalarType.Float32), rounded);
        ((packed.Apply(input, null).to(torch.ScalarType.Float32) - expected).abs().max() / expected.abs().max()).item<float>().Should().BeLessThan(0.01f);
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
