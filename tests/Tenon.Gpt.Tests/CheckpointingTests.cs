namespace Tenon.Gpt.Tests;

public class CheckpointingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Checkpointed_blocks_have_the_same_gradients(bool bf16) => CheckpointedGradients.ShouldBeThePlainOnes(
        checkpointing => Build(checkpointing, bf16), Batch);

    [Fact]
    public void A_frozen_model_with_a_prefix_gives_the_prefix_the_same_gradient()
    {
        float[] plain = PrefixGradient(checkpointing: false);
        PrefixGradient(checkpointing: true).Should().Equal(plain);
        plain.Should().Contain(value => value != 0);
    }

    [Fact]
    public void Parameters_of_a_block_get_gradients_even_if_its_input_needs_none()
    {
        using GptModel model = Build(checkpointing: true, bf16: false);
        using Batch batch = Batch(model);
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((string name, Parameter parameter) in model.named_parameters())
            parameter.requires_grad = name.Contains(".h.0.", StringComparison.Ordinal);
        model.Loss(batch).backward();
        model.named_parameters().Where(p => p.parameter.grad is not null).Should().OnlyContain(p => p.name.Contains(".h.0."))
            .And.HaveCount(12);
        model.zero_grad();
    }

    private static float[] PrefixGradient(bool checkpointing)
    {
        using GptModel model = Build(checkpointing, bf16: false);
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (Parameter parameter in model.parameters())
            parameter.requires_grad = false;
        using torch.Generator seeded = torch.manual_seed(9);
        PromptShape shape = model.PromptShape;
        Tensor leaf = torch.randn([shape.Layers, 2, shape.Heads, 3, shape.HeadSize]).requires_grad_();
        // Of an encoder, so that its graph is gone through once for all blocks.
        model.Prompt = new Prompt(KeyValues: leaf.tanh());
        using Batch batch = Batch(model);
        model.Loss(batch).backward();
        model.Prompt = null;
        return leaf.grad!.data<float>().ToArray();
    }

    private static GptModel Build(bool checkpointing, bool bf16)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        var architecture = new GptArchitecture();
        var options = new GptOptions
        {
            Layers = 3,
            HiddenSize = 32,
            Heads = 4,
            ContextLength = 24,
            VocabularySize = 60,
            InitializerRange = 0.2,
            Dropout = 0.2,
            AttentionDropout = 0.2,
            EmbeddingDropout = 0.2,
            ActivationCheckpointing = checkpointing,
        };
        return architecture.Build(
            architecture.Resolve(options, new ModelFacts(60, new SpecialTokens(), new DataFacts())),
            new BuildContext(torch.CPU, new Autocast { Type = bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32 }));
    }

    private static Batch Batch(GptModel model)
    {
        using Tensor all = torch.arange(2 * 17, torch.ScalarType.Int64).reshape(2, 17).remainder(59);
        return new Batch([new("input_ids", all.narrow(1, 0, 16).clone()), new("labels", all.narrow(1, 1, 16).clone())], 2, 32);
    }
}
