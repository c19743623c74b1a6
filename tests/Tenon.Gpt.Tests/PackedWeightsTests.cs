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
    public void Training_continues_with_the_original_weights()
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
    public void Copies_are_disposed_with_the_model()
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
