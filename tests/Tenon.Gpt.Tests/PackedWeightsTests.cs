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

    [Theory]
    [InlineData(WeightFormat.Fp32, 0)]
    [InlineData(WeightFormat.Bf16, 0.02)]
    [InlineData(WeightFormat.Int8, 0.03)]
    public void A_model_with_packed_weights_only_computes_the_same(WeightFormat format, double most)
    {
        using torch.Generator seeded = torch.manual_seed(4);
        using GptModel whole = Build(), packed = Build(format);
        using DisposeScope scope = torch.NewDisposeScope();
        Load(packed, whole);
        using var noGrad = torch.no_grad();
        Tensor ids = torch.randint(0, 300, [2, 20], torch.ScalarType.Int64);
        whole.PackWeights(format);
        packed.PackWeights(format);

        foreach (Tensor input in new[] { ids, ids[.., ..3] })
        {
            Tensor expected = whole.Logits(input), found = packed.Logits(input);
            ((double)((found - expected).norm() / expected.norm()).item<float>()).Should().BeLessThanOrEqualTo(most);
        }
    }

    [Fact]
    public void Packed_weights_have_no_originals()
    {
        using GptModel whole = Build(), packed = Build(WeightFormat.Int8);
        using DisposeScope scope = torch.NewDisposeScope();
        Load(packed, whole);

        Dictionary<string, Tensor> state = packed.state_dict();
        state.Keys.Should().BeEquivalentTo(whole.state_dict().Keys);
        foreach ((string name, Tensor tensor) in state)
        {
            tensor.shape.Should().Equal(whole.state_dict()[name].shape);
            bool isPacked = tensor.ndim == 2 && !name.Contains("wpe", StringComparison.Ordinal);
            tensor.isnan().all().item<bool>().Should().Be(isPacked, name);
            tensor.stride().All(stride => stride == 0).Should().Be(isPacked, name);
        }

        packed.Invoking(model => model.PackWeights(WeightFormat.Bf16)).Should().Throw<ModelException>()
            .WithMessage("The model was opened with int8 weights only. Open its folder again to get bf16 weights.");
        packed.Invoking(model => model.PackWeights(null)).Should().Throw<ModelException>().WithMessage("*to get the original weights.");
    }

    private static void Load(GptModel packed, GptModel whole)
    {
        using var noGrad = torch.no_grad();
        Dictionary<string, Tensor> state = packed.state_dict();
        foreach ((string name, Tensor tensor) in whole.state_dict())
        {
            if (!packed.LoadPacked(name, (first, count) => tensor.detach().narrow(0, first, count)))
                state[name].copy_(tensor).DetachFromDisposeScope();
        }
    }

    private static GptModel Build(WeightFormat? packedOnly = null)
    {
        var architecture = new GptArchitecture();
        var options = new GptOptions
        {
            Layers = 3,
            HiddenSize = 64,
            Heads = 4,
            ContextLength = 32,
            VocabularySize = 320,
            InitializerRange = 0.1
        };
        GptModel model = architecture.Build(
            architecture.Resolve(options, new ModelFacts(320, new SpecialTokens(), new DataFacts())),
            new BuildContext(torch.CPU, new Autocast()) { PackedOnly = packedOnly });
        model.eval();
        return model;
    }
}
