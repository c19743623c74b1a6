namespace Tenon.Llama.Tests;

/// <summary>Grouped-query attention and sliding windows in a whole decoder: with a cache, padded, packed and checkpointed.</summary>
public class LlamaCacheTests
{
    // Heads of 12 are not made of the kernel's vectors.
    public static TheoryData<string> Decoders =>
        ["all layers slide", "one layer slides", "no layer slides", "one head of keys", "heads of 12"];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Tokens_from_the_cache_have_the_logits_of_the_whole_text(string kind)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using LlamaModel model = Models.Tiny(Options(kind));
        using var noGrad = torch.no_grad();
        Tensor ids = Ids(2, 16);
        Tensor whole = model.Logits(ids);

        using IKeyValueCache cache = model.NewCache(2, 16);
        foreach ((int start, int count) in new[] { (0, 3), (3, 1), (4, 5), (9, 1), (10, 1), (11, 1), (12, 4) })
            Goldens.Difference(model.Logits(ids.narrow(1, start, count), cache: cache), whole.narrow(1, start, count)).Should()
                .BeLessThan(2e-5);
    }

    [Fact]
    public void A_prompt_keeps_the_output_of_one_layer_in_memory()
    {
        using LlamaModel model = Models.Tiny(new LlamaOptions { Layers = 5 });
        using var noGrad = torch.no_grad();
        using IKeyValueCache cache = model.NewCache(1, 16);

        IReadOnlyList<long> alive = LiveTensors.AtEachLayer(model, "input_layernorm", () => model.Logits(Ids(1, 12), cache: cache));

        alive.Should().HaveCount(5).And.AllBeEquivalentTo(alive[0]);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Rows_of_different_lengths_are_added_selected_and_truncated_like_texts_alone(string kind)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using LlamaModel model = Models.Tiny(Options(kind));
        using var noGrad = torch.no_grad();
        Tensor ids = Ids(3, 16);
        Tensor whole = model.Logits(ids);
        int[] lengths = [9, 2, 5];
        using IKeyValueCache cache = model.NewCache(1, 16);
        model.Logits(ids.narrow(0, 0, 1).narrow(1, 0, lengths[0]), cache: cache);
        for (int row = 1; row < 3; row++)
        {
            using IKeyValueCache other = model.NewCache(1, 16);
            model.Logits(ids.narrow(0, row, 1).narrow(1, 0, lengths[row]), cache: other);
            cache.Add(other);
        }

        int[] rows = [0, 1, 2];
        Check(1); // by the kernel
        Check(3); // as products
        cache.Select([2, 0]);
        rows = [2, 0];
        Check(1);
        cache.Truncate(1, 7);
        Check(2);
        Check(1);

        void Check(int tokens)
        {
            int[] starts = [.. cache.Lengths];
            Tensor next = torch.cat([.. rows.Select((row, at) => ids.narrow(0, row, 1).narrow(1, starts[at], tokens))], 0);
            Tensor expected = torch.cat([.. rows.Select((row, at) => whole.narrow(0, row, 1).narrow(1, starts[at], tokens))], 0);
            Goldens.Difference(model.Logits(next, cache: cache), expected).Should().BeLessThan(2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Padding_on_the_left_changes_nothing(string kind)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using LlamaModel model = Models.Tiny(Options(kind));
        using var noGrad = torch.no_grad();
        Tensor ids = Ids(2, 16), mask = torch.ones([2, 12], torch.ScalarType.Int64);
        mask[1, ..4] = 0;
        Tensor padded = ids.narrow(1, 0, 12).clone();
        padded[1, 4..] = ids[1, ..8];
        Tensor first = model.Logits(ids.narrow(0, 0, 1)), second = model.Logits(ids.narrow(0, 1, 1));

        using IKeyValueCache cache = model.NewCache(2, 16);
        Tensor uncached = model.Logits(padded, mask), cached = model.Logits(padded, mask, cache);
        Tensor next = model.Logits(torch.cat([ids[..1, 12..13], ids[1.., 8..9]], 0), cache: cache);

        foreach (Tensor logits in new[] { uncached, cached })
        {
            Goldens.Difference(logits[..1], first[.., ..12]).Should().BeLessThan(2e-5);
            Goldens.Difference(logits[1.., 4..], second[.., ..8]).Should().BeLessThan(2e-5);
        }

        Goldens.Difference(next, torch.cat([first[.., 12..13], second[.., 8..9]], 0)).Should().BeLessThan(2e-5);
    }

    [Fact]
    public void Dynamic_scaling_follows_each_row_of_a_batch()
    {
        using LlamaModel model =
            Models.Tiny(new LlamaOptions { RopeScaling = RopeScaling.Dynamic, RopeFactor = 4, RopeOriginalContextLength = 3 });
        int[][] prompts = [[1, 2], [3, 4, 5, 6, 7, 8, 9], [10, 11, 12, 13]];
        var greedy = new SamplingOptions { Temperature = 0, MaxNewTokens = 7 };

        int[][] together = Generate(prompts);

        together.Should().BeEquivalentTo(prompts.Select(prompt => Generate([prompt])[0]), options => options.WithStrictOrdering());

        int[][] Generate(int[][] texts)
        {
            using var batch = new GenerationBatch(model, greedy, endOfText: []);
            GenerationRow[] rows = [.. texts.Select(text => batch.Add(text, new SeededRandom(1)))];
            while (batch.Rows.Count > 0)
                batch.Step();
            return [.. rows.Select(row => row.Tokens.ToArray())];
        }
    }

    [Fact]
    public void A_packed_row_and_a_checkpointed_model_have_the_same_loss_and_gradients()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using LlamaModel plain = Models.Tiny(Options("one layer slides"));
        using LlamaModel checkpointed = Models.Tiny(Options("one layer slides") with { ActivationCheckpointing = true });
        using Batch batch = new(new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = Ids(2, 12),
            [BatchNames.Labels] = Ids(2, 12),
            [BatchNames.SequenceIds] = torch.tensor(new long[] { 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1 }).expand(2, -1).contiguous(),
        }, targets: 24, examples: 2);

        foreach (LlamaModel model in new[] { plain, checkpointed })
            model.Loss(batch).backward();

        foreach ((Parameter expected, Parameter found) in plain.parameters().Zip(checkpointed.parameters()))
        {
            found.grad!.abs().max().item<float>().Should().BePositive();
            Goldens.Difference(found.grad!, expected.grad!).Should().BeLessThan(1e-6);
        }
    }

    [Fact]
    public void The_cost_counts_the_heads_of_keys_and_the_window()
    {
        using LlamaModel whole = Models.Tiny(Options("no layer slides")), sliding = Models.Tiny(Options("one layer slides"));

        // Two operations for each weight except the embedding's, and 4·H·D for each layer and attended position.
        double matrices = 2 * whole.named_parameters().Where(pair => pair.parameter.ndim == 2 && pair.name != "model.embed_tokens.weight")
            .Sum(pair => pair.parameter.numel());
        whole.Cost.ForwardFlop.Should().Be(matrices + 4 * 4 * 8 * 2 * 16);
        sliding.Cost.ForwardFlop.Should().Be(matrices + 4 * 4 * 8 * (16 + 5));
        sliding.Cost.ActivationBytes.Should().Be(whole.Cost.ActivationBytes, "hidden attention weights are kept too");
    }

    // The head size, 8, is not the hidden size divided by the heads.
    private static LlamaOptions Options(string kind) => kind switch
    {
        "all layers slide" => new() { Variant = LlamaVariant.Mistral, SlidingWindow = 5 },
        "one layer slides" => new() { Variant = LlamaVariant.Qwen2, SlidingWindow = 5, SlidingLayers = [1], TieEmbeddings = false },
        "one head of keys" => new() { Variant = LlamaVariant.Qwen3, KeyValueHeads = 1 },
        "heads of 12" => new() { HeadSize = 12, RopeScaling = RopeScaling.Yarn, RopeFactor = 2, RopeOriginalContextLength = 8 },
        _ => new() { TieEmbeddings = false },
    };

    private static Tensor Ids(long rows, long tokens)
    {
        using torch.Generator seeded = torch.manual_seed(3);
        return torch.randint(50, [rows, tokens], torch.ScalarType.Int64);
    }
}
