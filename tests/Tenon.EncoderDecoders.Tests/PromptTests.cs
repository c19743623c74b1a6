namespace Tenon.EncoderDecoders.Tests;

/// <summary>Virtual tokens at the start of the source, and prefixes of the decoder's self-attention.</summary>
public class PromptTests
{
    public static TheoryData<string> Names => Models.Names;

    private static readonly int[] Start = [17, 4];
    private static readonly int[] Source = [33, 8, 60, 2, 1];

    [Theory]
    [MemberData(nameof(Names))]
    public void Virtual_tokens_with_the_embeddings_of_tokens_act_like_these_tokens(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EncoderDecoderModel model = Models.Golden(name);
        using var untracked = torch.no_grad();
        Tensor target = torch.tensor(new long[] { model.DecoderStart, 11, 23 }, [1, 3]);
        // The short row of the batch is padded.
        Tensor expected = Logits(model, [[.. Start, .. Source], [.. Start, 5, 1]], target);

        int context = model.ContextLength;
        model.Prompt = new Prompt(Embeddings: Embedded(model, name, Start));

        (model.ContextLength, model.SourceLength).Should().Be((context - 2, context - 2));
        Goldens.Difference(Logits(model, [Source, [5, 1]], target), expected).Should().BeLessThan(1e-4);
        model.Prompt = null;
        model.SourceLength.Should().Be(context);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cached_tokens_see_the_prefix(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EncoderDecoderModel model = Models.Golden(name);
        using var untracked = torch.no_grad();
        torch.manual_seed(5);
        PromptShape shape = model.PromptShape;
        Tensor target = torch.tensor(new long[] { model.DecoderStart, 11, 23, 40 }, [1, 4]);
        Tensor plain = Logits(model, [Source], target);
        model.Prompt = new Prompt(KeyValues: torch.randn([shape.Layers, 2, shape.Heads, 3, shape.HeadSize]));

        Tensor whole = Logits(model, [Source], target);
        using IKeyValueCache cache = model.NewCache([Source], 4);
        Tensor[] steps = [.. Enumerable.Range(0, 4).Select(i => model.Logits(target.narrow(1, i, 1), cache: cache))];

        Goldens.Difference(torch.cat(steps, 1), whole).Should().BeLessThan(1e-4);
        Goldens.Difference(whole, plain).Should().BeGreaterThan(1e-3);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_prompt_that_fills_the_context_is_refused(string name)
    {
        using EncoderDecoderModel model = Models.Golden(name);
        using Tensor embeddings = torch.zeros([model.ContextLength - 1, model.PromptShape.EmbeddingSize]);

        FluentActions.Invoking(() => model.Prompt = new Prompt(Embeddings: embeddings)).Should().Throw<ModelException>()
            .WithMessage("*at least 2 must be left. Make it shorter.");
    }

    // [B, 3, V]: the same target after each source.
    private static Tensor Logits(EncoderDecoderModel model, int[][] sources, Tensor target)
    {
        using IKeyValueCache cache = model.NewCache(sources, (int)target.size(1));
        return model.Logits(target.expand(sources.Length, -1), cache: cache);
    }

    // As the encoder embeds tokens: Marian's and BART's scale is part of their configuration.
    private static Tensor Embedded(EncoderDecoderModel model, string name, int[] tokens)
    {
        Tensor rows = model.TokenEmbeddings.index_select(0, torch.tensor(Array.ConvertAll(tokens, token => (long)token)));
        bool isScaled = Goldens.Configuration(name)["config.json"]["scale_embedding"]?.GetValue<bool>() == true;
        return isScaled ? rows * Math.Sqrt(model.PromptShape.EmbeddingSize) : rows;
    }
}
