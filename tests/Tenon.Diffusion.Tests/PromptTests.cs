namespace Tenon.Diffusion.Tests;

/// <summary>Virtual tokens in a U-Net: in the embedding of time and class, and in the attention blocks.</summary>
public sealed class PromptTests : IDisposable
{
    // Blocks of 16 and of 32 channels attend: their heads differ in size.
    private static readonly DiffusionOptions Uneven = new()
    {
        Preset = "tiny",
        BlockOutChannels = [16, 32],
        DownBlockTypes = [DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D],
        UpBlockTypes = [UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D],
        Height = 8,
        Width = 8,
        Channels = 1,
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_shape_fits_the_time_embedding_and_the_largest_attention()
    {
        using DiffusionModel one = Build(Uneven);
        using DiffusionModel several = Build(Uneven with { AttentionHeadDim = 8 });
        using DiffusionModel none = Build(Uneven with
        {
            AddAttention = false,
            DownBlockTypes = [DownBlockType.DownBlock2D, DownBlockType.DownBlock2D],
            UpBlockTypes = [UpBlockType.UpBlock2D, UpBlockType.UpBlock2D],
        });

        one.PromptShape.Should().Be(new PromptShape(Layers: 7, Heads: 1, HeadSize: 32, EmbeddingSize: 64));
        several.PromptShape.Should().Be(new PromptShape(Layers: 7, Heads: 4, HeadSize: 8, EmbeddingSize: 64));
        none.PromptShape.Should().Be(new PromptShape(Layers: 0, Heads: 0, HeadSize: 0, EmbeddingSize: 64));
    }

    [Fact]
    public void Prompts_of_no_tokens_change_nothing()
    {
        using DiffusionModel model = Build(Uneven);
        float[] expected = Predict(model);

        model.Prompt = new Prompt(torch.zeros([0, 64]), torch.zeros([7, 2, 1, 0, 32]));
        Predict(model).Should().Equal(expected);
        model.Prompt = null;
        Predict(model).Should().Equal(expected);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(false, 8)]
    public void Virtual_tokens_steer_and_get_gradients(bool embeddings, int? headSize)
    {
        using DiffusionModel model = Build(Uneven with { AttentionHeadDim = headSize });
        float[] before = Predict(model);
        PromptShape shape = model.PromptShape;
        Tensor tokens = (embeddings
            ? torch.randn([3, shape.EmbeddingSize]) : torch.randn([shape.Layers, 2, shape.Heads, 3, shape.HeadSize])).requires_grad_();

        model.Prompt = embeddings ? new Prompt(tokens) : new Prompt(KeyValues: tokens);
        Predict(model).Should().NotEqual(before);
        Sample(model).square().mean().backward();

        Tensor perLayer = tokens.grad!.abs().flatten(1).sum(1L); // of each token, or of each attention block
        perLayer.data<float>().Should().OnlyContain(gradient => gradient > 0);
        using Batch batch = Batch();
        torch.manual_seed(4);
        float with = model.Loss(batch).item<float>();
        model.Prompt = null;
        torch.manual_seed(4);
        model.Loss(batch).item<float>().Should().NotBe(with);
    }

    [Fact]
    public void Tokens_in_the_input_count_as_their_mean()
    {
        using DiffusionModel model = Build(Uneven);
        Tensor tokens = torch.randn([4, 64]);
        model.Prompt = new Prompt(tokens);
        float[] several = Predict(model);
        model.Prompt = new Prompt(tokens.mean([0L], keepdim: true));
        Predict(model).Zip(several).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
    }

    [Fact]
    public void A_prompt_of_another_size_is_rejected()
    {
        using DiffusionModel model = Build(Uneven);
        Action embeddings = () => model.Prompt = new Prompt(torch.zeros([2, 32]));
        Action keys = () => model.Prompt = new Prompt(KeyValues: torch.zeros([6, 2, 1, 2, 32]));

        embeddings.Should().Throw<ModelException>().WithMessage("*[2, 32]*[tokens, 64]*");
        keys.Should().Throw<ModelException>().WithMessage("*[6, 2, 1, 2, 32]*[7, 2, 1, tokens, 32]*");
        model.Prompt.Should().BeNull();
    }

    private static DiffusionModel Build(DiffusionOptions options)
    {
        torch.manual_seed(1);
        DiffusionModel model = Models.Architecture.Build(Models.Resolve(options), Models.Cpu);
        model.Module.eval();
        return model;
    }

    private static float[] Predict(DiffusionModel model)
    {
        using var untracked = torch.no_grad();
        return [.. Sample(model).data<float>()];
    }

    private static Tensor Sample(DiffusionModel model)
    {
        torch.manual_seed(2);
        return model.Predict(torch.randn([2, 1, 8, 8]), torch.tensor(new long[] { 10, 900 }));
    }

    private static Batch Batch() => new(new Dictionary<string, Tensor> { ["pixel_values"] = torch.ones([2, 1, 8, 8]) }, 2, 128);
}
