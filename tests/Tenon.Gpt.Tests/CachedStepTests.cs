using Tenon.Layers;

namespace Tenon.Gpt.Tests;

/// <summary>One token after the other with a cache, against the whole text in one pass.</summary>
public class CachedStepTests
{
    // With and without copies of weights, and what each way through a block does not take: another activation, heads that
    // are not made of eights, more sequences than products of few rows have.
    [Theory]
    [InlineData(null, "gelu_new", 32, 3)]
    [InlineData(WeightFormat.Fp32, "gelu_new", 32, 1)]
    [InlineData(WeightFormat.Fp32, "gelu_new", 32, 1, false)]
    [InlineData(WeightFormat.Fp32, "gelu_new", 32, 3)]
    [InlineData(WeightFormat.Fp32, "gelu_new", 32, 6)]
    [InlineData(WeightFormat.Fp32, "gelu_new", 32, 20)]
    [InlineData(WeightFormat.Fp32, "gelu", 32, 3)]
    [InlineData(WeightFormat.Fp32, "relu", 32, 3)]
    [InlineData(WeightFormat.Fp32, "gelu_new", 48, 3)]
    [InlineData(null, "gelu_new", 48, 3)]
    public void Steps_give_the_logits_of_the_whole_sequence(WeightFormat? format, string activation, int hidden, int sequences,
        bool padded = true)
    {
        using torch.Generator seeded = torch.manual_seed(7);
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Build(activation, hidden);
        using var noGrad = torch.no_grad();
        Tensor ids = torch.randint(0, 90, [sequences, 12], torch.ScalarType.Int64);
        Tensor? mask = padded ? torch.ones([sequences, 12], torch.ScalarType.Int64) : null;
        for (int row = 0; mask is not null && row < sequences; row++)
            mask[row, ..(row % 3)] = 0; // padding on the left
        Tensor whole = model.Logits(ids, mask);
        model.PackWeights(format);

        Tensor steps = Steps(model, ids, mask);

        steps.shape.Should().Equal(sequences, 8, 90);
        Goldens.Difference(steps, whole.narrow(1, 4, 8)).Should().BeLessThan(2e-5);
    }

    [Fact]
    public void A_delta_is_added_in_steps_too()
    {
        using torch.Generator seeded = torch.manual_seed(8);
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Build("gelu_new", 32);
        using var noGrad = torch.no_grad();
        Tensor ids = torch.randint(0, 90, [2, 12], torch.ScalarType.Int64);
        Tensor plain = model.Logits(ids);
        Linear map = model.modules().OfType<Linear>().First(found => found.OutFeatures == 96);
        Tensor change = torch.randn([32, 96]) * 0.1;
        map.Delta = x => x.matmul(change);
        Tensor whole = model.Logits(ids);
        model.PackWeights(WeightFormat.Fp32);

        Goldens.Difference(whole, plain).Should().BeGreaterThan(1e-3);
        Goldens.Difference(Steps(model, ids, mask: null), whole.narrow(1, 4, 8)).Should().BeLessThan(2e-5);
    }

    [Fact]
    public void Steps_do_not_depend_on_the_number_of_threads() => Packed(WeightFormat.Int8, Threads.ShouldNotMatter);

    [Fact]
    public void Steps_leave_no_tensor_behind() =>
        Packed(WeightFormat.Bf16, steps => LiveTensors.LeftBy(() => steps().Dispose()).Should().Be(0));

    private static void Packed(WeightFormat format, Action<Func<Tensor>> check)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Build("gelu_new", 32);
        using var noGrad = torch.no_grad();
        model.PackWeights(format);
        Tensor ids = torch.randint(0, 90, [3, 12], torch.ScalarType.Int64);
        check(() => Steps(model, ids, mask: null));
    }

    // Four tokens in one pass and eight one by one: the logits of these, [B, 8, V].
    private static Tensor Steps(GptModel model, Tensor ids, Tensor? mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IKeyValueCache cache = model.NewCache((int)ids.size(0), 12);
        model.Logits(ids.narrow(1, 0, 4), mask?.narrow(1, 0, 4), cache);
        Tensor[] logits =
        [
            .. Enumerable.Range(4, 8).Select(at => model.Logits(ids.narrow(1, at, 1), cache: cache)),
        ];
        return torch.cat(logits, 1).MoveToOuterDisposeScope();
    }

    private static GptModel Build(string activation, int hidden)
    {
        var architecture = new GptArchitecture();
        var options = new GptOptions
        {
            Layers = 2,
            HiddenSize = hidden,
            Heads = 4,
            ContextLength = 16,
            VocabularySize = 90,
            InitializerRange = 0.1,
            Activation = activation,
        };
        GptModel model = architecture.Build(
            architecture.Resolve(options, new ModelFacts(90, new SpecialTokens(), new DataFacts())),
            new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }
}
