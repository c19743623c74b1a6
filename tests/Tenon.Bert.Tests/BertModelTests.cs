using Tenon.Layers;

namespace Tenon.Bert.Tests;

public class BertModelTests
{
    [Theory]
    [InlineData("masked-lm")]
    [InlineData("pre-training")]
    public void Learns_hidden_tokens(string head)
    {
        using BertModel model =
            Models.Tiny(options => options with { Head = head, InitializerRange = 0.02, Dropout = 0, AttentionDropout = 0 });
        // Each text repeats one token, so that what is hidden can be told from the rest.
        TokenBlock[] blocks = [.. Enumerable.Range(0, 8).Select(row => new TokenBlock(Enumerable.Repeat(5 + row, 12).ToArray()))];

        (double first, double last) = Train(model, step => model.Collate(blocks, Models.Context(seed: (ulong)step)));

        last.Should().BeLessThan(0.5 * first);
    }

    [Fact]
    public void Learns_classes()
    {
        using BertModel model = Models.Tiny(options => options with { InitializerRange = 0.02 }, "low", "high");
        LabelledTextExample[] examples =
            [.. Enumerable.Range(0, 16).Select(row => new LabelledTextExample($"a{(char)('a' + row)} c", row / 8))];

        (_, double last) = Train(model, step => model.Collate(examples, Models.Context(seed: (ulong)step)));

        last.Should().BeLessThan(0.1);
        using DisposeScope scope = torch.NewDisposeScope();
        model.eval();
        using Batch batch = model.Collate(examples, Models.Context());
        Models.Values(model.ClassLogits(batch).argmax(-1)).Should().Equal(examples.Select(example => (long)example.Label));
    }

    [Fact]
    public void Without_gradients_the_output_of_one_layer_is_in_memory()
    {
        using BertModel model = Models.Tiny(options => options with { Layers = 5 }, "low", "high");
        using Batch batch = model.Collate([new LabelledTextExample("abc", 0)], Models.Context(training: false));
        using var noGrad = torch.no_grad();

        IReadOnlyList<long> alive = LiveTensors.AtEachLayer(model, "self.query", () => model.ClassLogits(batch));

        alive.Should().HaveCount(5).And.AllBeEquivalentTo(alive[0]);
    }

    [Fact]
    public void The_decoder_s_loss_in_chunks_has_the_same_value_and_gradients()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        Tensor hidden = torch.randn([10, 8]).requires_grad_();
        Tensor weight = torch.randn([50, 8]).requires_grad_();
        Tensor bias = torch.randn([50]).requires_grad_();
        Tensor labels = torch.tensor(new long[] { 1, 2, -100, 4, 5, -100, -100, 49, 0, 7 });
        CrossEntropy.OfLinear(hidden, weight, labels, new Autocast(), chunkRows: 10, bias: bias).backward();
        Tensor[] whole = [.. new[] { hidden, weight, bias }.Select(tensor => tensor.grad!.clone())];
        foreach (Tensor tensor in new[] { hidden, weight, bias })
            tensor.grad = null;

        CrossEntropy.OfLinear(hidden, weight, labels, new Autocast(), chunkRows: 3, bias: bias).backward();

        foreach ((Tensor expected, Tensor found) in whole.Zip(new[] { hidden.grad!, weight.grad!, bias.grad! }))
            Goldens.Difference(found, expected).Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Checkpointed_layers_have_the_same_gradients() => CheckpointedGradients.ShouldBeThePlainOnes(
        checkpointing => Models.Tiny(options => options with { Head = "masked-lm", ActivationCheckpointing = checkpointing }),
        model => model.Collate([.. Enumerable.Range(0, 3).Select(row => new TokenBlock(Enumerable.Repeat(5 + row, 10 + row).ToArray()))],
            Models.Context()));

    [Fact]
    public void A_masked_language_model_becomes_a_classifier_except_for_its_head()
    {
        var architecture = new BertArchitecture();
        BertOptions options = architecture.Read(Goldens.Configuration("bert-tiny-mlm")) with { Head = null };
        options = architecture.Resolve(options, new ModelFacts(null, new SpecialTokens(), new DataFacts { Labels = ["no", "yes"] }));
        using BertModel model = architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));

        Goldens.Fill(model, architecture.WeightName, Goldens.File("bert-tiny-mlm", "model.safetensors"))
            .Should().Equal("bert.pooler.dense.bias", "bert.pooler.dense.weight", "classifier.bias", "classifier.weight");
    }

    [Fact]
    public void No_tensor_stays_alive_after_a_pass()
    {
        using BertModel masked = Models.Tiny(options => options with { Head = "pre-training", Dropout = 0.1 });
        using BertModel classifier = Models.Tiny(options => options with { Dropout = 0.1 }, "no", "yes");
        masked.train();
        classifier.train();
        Use();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Use();

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch blocks = Blocks(masked);
            using Batch texts = classifier.Collate([new LabelledTextExample("ab c", 1), new LabelledTextExample("d", 0)], Models.Context());
            foreach ((BertModel model, Batch batch) in new[] { (masked, blocks), (classifier, texts) })
            {
                model.Prompt = Virtual(model, 2, 3);
                model.Loss(batch).backward();
                foreach (Parameter parameter in model.parameters())
                    parameter.grad = null;
                model.Embed(batch);
                model.Outputs(
                    batch.Names.ToDictionary(name => name, name => batch[name]),
                    new HashSet<string> { "logits", "loss", "hidden_states.0", "pooler_output" });
                model.Prompt = null;
            }

            masked.TokenLogits(blocks);
            classifier.ClassLogits(texts);
        }
    }

    [Fact]
    public void Outputs_live_in_the_caller_s_scope()
    {
        using BertModel model = Models.Tiny();
        using Batch batch = Blocks(model);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        using (torch.NewDisposeScope())
        {
            using (torch.NewDisposeScope())
                model.Outputs(new Dictionary<string, Tensor> { ["input_ids"] = batch["input_ids"] },
                    new HashSet<string> { "hidden_states.0", "hidden_states.2" });
            DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        }
    }

    [Fact]
    public void Prompts_of_length_zero_change_nothing_and_others_do()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Models.Tiny();
        using Batch batch = Blocks(model);
        Tensor plain = model.TokenLogits(batch);

        model.Prompt = Virtual(model, 0, 0);
        Goldens.Difference(model.TokenLogits(batch), plain).Should().Be(0);

        foreach (Prompt prompt in new[] { Virtual(model, 3, 0), Virtual(model, 0, 3), Virtual(model, 2, 2) })
        {
            model.Prompt = prompt;
            Tensor steered = model.TokenLogits(batch);
            steered.shape.Should().Equal(plain.shape);
            Goldens.Difference(steered, plain).Should().BeGreaterThan(1e-3);
        }

        (model.ContextLength, model.BlockLength).Should().Be((20, 18));
    }

    [Fact]
    public void Padding_changes_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Models.Tiny(null, "no", "yes");
        using Batch alone = model.Collate([new LabelledTextExample("ab c", 1)], Models.Context());
        using Batch padded =
            model.Collate([new LabelledTextExample("ab c", 1), new LabelledTextExample("abcdefg hij", 0)], Models.Context());

        Goldens.Difference(model.ClassLogits(padded)[0], model.ClassLogits(alone)[0]).Should().BeLessThan(1e-5);
        Goldens.Difference(model.Embed(padded)[0], model.Embed(alone)[0]).Should().BeLessThan(1e-5);
        model.Embed(padded).shape.Should().Equal(2, model.EmbeddingSize);
    }

    [Fact]
    public void Requests_that_the_model_cannot_serve_are_rejected()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel masked = Models.Tiny();
        using BertModel classifier = Models.Tiny(null, "no", "yes");
        using Batch batch = Blocks(masked);
        using var tooLong = new Batch(new Dictionary<string, Tensor> { ["input_ids"] = torch.ones([1, 25], torch.ScalarType.Int64) }, 1, 0);

        Refused(() => masked.ClassLogits(batch),
            "*head 'masked-lm', which does not predict the class of a text. Set 'head' to 'sequence-classification'*");
        Refused(() => classifier.TokenLogits(batch), "*head 'sequence-classification', which does not predict masked tokens*");
        Refused(() => masked.TokenLogits(tooLong), "*25 tokens, but the context length is 24*");
        Refused(() => masked.Prompt = Virtual(masked, 21, 0), "*21 virtual tokens*");
        Refused(() => masked.Prompt = new Prompt(torch.zeros([3, 7])), "*shape ?3, 7?; this model takes ?tokens, 32?*");
        Refused(() => new BertArchitecture().Build(new BertOptions(), new BuildContext(torch.CPU, new Autocast())), "*not resolved*");
        masked.Labels.Should().BeEmpty();
    }

    private static void Refused(Action action, string message) => action.Should().Throw<ModelException>().WithMessage(message);

    private static Batch Blocks(BertModel model) => model.Collate(
        [new TokenBlock(Enumerable.Range(5, 12).ToArray()), new TokenBlock(Enumerable.Range(20, 9).ToArray())],
        Models.Context(training: false));

    private static Prompt Virtual(BertModel model, int embedded, int prefixed)
    {
        PromptShape shape = model.PromptShape;
        return new Prompt(torch.randn([embedded, shape.EmbeddingSize]),
            torch.randn([shape.Layers, 2, shape.Heads, prefixed, shape.HeadSize]));
    }

    private static (double First, double Last) Train(BertModel model, Func<int, Batch> next)
    {
        model.train();
        using var optimizer = torch.optim.AdamW(model.parameters(), lr: 3e-3);
        (double first, double last) = (0, 0);
        for (int step = 0; step < 120; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = next(step);
            optimizer.zero_grad();
            Tensor loss = model.Loss(batch);
            loss.backward();
            optimizer.step();
            last = step < 110 ? 0 : last + loss.item<float>() / 10;
            first = step == 0 ? loss.item<float>() : first;
        }

        return (first, last);
    }
}
