namespace Tenon.Vit.Tests;

public class VitModelTests
{
    [Fact]
    public void Without_gradients_the_output_of_one_layer_is_in_memory()
    {
        using VitModel model = Models.Tiny(options => options with { Layers = 5 });
        using Batch batch = model.Collate([Models.Image(1, 0)], Models.Context(training: false));
        using var noGrad = torch.no_grad();

        IReadOnlyList<long> alive = LiveTensors.AtEachLayer(model, "layernorm_before", () => model.ClassLogits(batch));

        alive.Should().HaveCount(5).And.AllBeEquivalentTo(alive[0]);
    }

    [Fact]
    public void Learns_classes()
    {
        using VitModel model = Models.Tiny(options => options with { InitializerRange = 0.1, Dropout = 0.1, CropPadding = 1 });
        ImageExample[] examples = Images(16);
        model.train();
        using var optimizer = torch.optim.AdamW(model.parameters(), lr: 3e-3);
        double last = 0;

        for (int step = 0; step < 80; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            using Batch batch = model.Collate(examples, Models.Context(seed: (ulong)step));
            optimizer.zero_grad();
            Tensor loss = model.Loss(batch);
            loss.backward();
            optimizer.step();
            last = loss.item<float>();
        }

        last.Should().BeLessThan(0.1);
        model.eval();
        using DisposeScope scope = torch.NewDisposeScope();
        using Batch all = model.Collate(examples, Models.Context(training: false));
        long[] classes = [.. model.ClassLogits(all).argmax(-1).data<long>()];
        classes.Should().Equal(examples.Select(example => (long)example.Label!.Value));
    }

    [Fact]
    public void Checkpointed_layers_have_the_same_gradients() => CheckpointedGradients.ShouldBeThePlainOnes(
        checkpointing => Models.Tiny(options =>
            options with { Dropout = 0.2, AttentionDropout = 0.2, ActivationCheckpointing = checkpointing }),
        model => model.Collate(Images(6), Models.Context()));

    [Fact]
    public void Images_become_normalized_pixels()
    {
        using VitModel model = Models.Tiny();
        byte[] pixels = new byte[64];
        pixels[1] = 255;

        using Batch batch = model.Collate([new ImageExample(new ImagePixels(8, 8, 1, pixels), 1)], Models.Context());

        batch["pixel_values"].shape.Should().Equal(1, 1, 8, 8);
        float[] values = [.. batch["pixel_values"].data<float>()];
        values[..3].Should().Equal(-1, 1, -1);
        batch["labels"].data<long>().ToArray().Should().Equal(1);
        (batch.Examples, batch.Targets).Should().Be((1, 1));
    }

    [Fact]
    public void Augmentation_is_a_function_of_the_seed_and_for_training_only()
    {
        using VitModel model = Models.Tiny(options => options with { FlipProbability = 0.5, CropPadding = 2 });
        ImageExample[] examples = Images(8);

        float[] Pixels(bool training, ulong seed)
        {
            using Batch batch = model.Collate(examples, Models.Context(training, seed));
            return [.. batch["pixel_values"].data<float>()];
        }

        Pixels(true, 1).Should().Equal(Pixels(true, 1)).And.NotEqual(Pixels(true, 2));
        Pixels(false, 1).Should().Equal(Pixels(false, 2));
    }

    [Fact]
    public void The_training_recipe_is_a_function_of_the_seed_and_for_training_only()
    {
        using VitModel plain = Models.Tiny();
        using VitModel model = Models.Tiny(options => options with
        {
            CropScale = 0.5,
            RandAugment = 2,
            ErasingProbability = 0.5,
            Mixup = 0.8,
            Cutmix = 1,
            LabelSmoothing = 0.1,
            DropPathRate = 0.2,
        });
        ImageExample[] examples = Images(8);

        Values(model, true, 1).Should().Equal(Values(model, true, 1)).And.NotEqual(Values(model, true, 2))
            .And.NotEqual(Values(plain, true, 1));
        Values(model, false, 1).Should().Equal(Values(plain, false, 2));

        float[] Values(VitModel of, bool training, ulong seed)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = of.Collate(examples, Models.Context(training, seed));
            of.train(training);
            torch.manual_seed((long)seed);
            return [.. batch["pixel_values"].data<float>(), of.Loss(batch).item<float>()];
        }
    }

    [Fact]
    public void Smoothed_and_mixed_labels_are_the_cross_entropy_with_their_shares()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Tiny(options => options with { LabelSmoothing = 0.2, Mixup = 1 });
        using Batch batch = model.Collate(Images(8), Models.Context());
        model.train();

        Tensor logProbabilities = model.ClassLogits(batch).log_softmax(-1);
        Tensor target = batch["label_share"] * OneHot("labels") + (1 - batch["label_share"]) * OneHot("mixed_labels");
        target = 0.8 * target + 0.2 / 2;

        Goldens.Difference(model.Loss(batch), -(target * logProbabilities).sum(-1L).mean()).Should().BeLessThan(1e-6);

        Tensor OneHot(string name) => torch.nn.functional.one_hot(batch[name], 2).to(torch.float32);
    }

    [Fact]
    public void Examples_that_do_not_fit_are_rejected()
    {
        using VitModel model = Models.Tiny();

        Refused(() => model.Collate([Models.Image(1, 0, size: 10)], Models.Context()),
            "*An image is 10×10 with 1 channel, but the model takes 8×8 with 1*");
        Refused(() => model.Collate([Models.Image(1, 0, channels: 3)], Models.Context()), "*8×8 with 3 channels*");
        Refused(() => model.Collate([Models.Image(1, 2)], Models.Context()), "*label 2, but the model has 2 classes: 0 left, 1 right*");
        Refused(() => model.Collate([Models.Image(1, null)], Models.Context()), "*no label*");
        using Batch unlabelled = model.Collate([Models.Image(1, null)], Models.Context(training: false));
        unlabelled.Names.Should().Equal("pixel_values");

        static void Refused(Func<Batch> collate, string message) => collate.Should().Throw<DataException>().WithMessage(message);
    }

    [Fact]
    public void No_tensor_stays_alive_after_a_pass()
    {
        using VitModel model = Models.Tiny(options => options with { Dropout = 0.1, AttentionDropout = 0.1, CropPadding = 1 });
        model.train();
        Use();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Use();

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = model.Collate(Images(3), Models.Context());
            model.Prompt = Virtual(model, 2, 3);
            model.Loss(batch).backward();
            foreach (Parameter parameter in model.parameters())
                parameter.grad = null;
            model.Embed(batch);
            model.Outputs(
                batch.Names.ToDictionary(name => name, name => batch[name]),
                new HashSet<string> { "logits", "loss", "hidden_states.0", "hidden_states.2" });
            model.Prompt = null;
        }
    }

    [Fact]
    public void Outputs_live_in_the_caller_s_scope()
    {
        using VitModel model = Models.Tiny();
        using Batch batch = model.Collate(Images(2), Models.Context());
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        using (torch.NewDisposeScope())
        {
            using (torch.NewDisposeScope())
                model.Outputs(new Dictionary<string, Tensor> { ["pixel_values"] = batch["pixel_values"] },
                    new HashSet<string> { "hidden_states.2" });
            DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        }
    }

    [Fact]
    public void Prompts_of_length_zero_change_nothing_and_others_do()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Tiny();
        using Batch batch = model.Collate(Images(3), Models.Context());
        Tensor plain = model.ClassLogits(batch);

        model.Prompt = Virtual(model, 0, 0);
        Goldens.Difference(model.ClassLogits(batch), plain).Should().Be(0);

        foreach (Prompt prompt in new[] { Virtual(model, 3, 0), Virtual(model, 0, 3), Virtual(model, 2, 2) })
        {
            model.Prompt = prompt;
            Goldens.Difference(model.ClassLogits(batch), plain).Should().BeGreaterThan(1e-3);
        }

        Action wrong = () => model.Prompt = new Prompt(torch.zeros([3, 7]));
        wrong.Should().Throw<ModelException>().WithMessage("*this model takes ?tokens, 32?*");
    }

    [Fact]
    public void Gradients_reach_every_parameter_and_the_prompt()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Tiny();
        using Batch batch = model.Collate(Images(3), Models.Context());
        Prompt prompt = Virtual(model, 2, 2);
        prompt.Embeddings!.requires_grad_();
        prompt.KeyValues!.requires_grad_();
        model.Prompt = prompt;

        model.Loss(batch).backward();

        model.named_parameters().Where(pair => pair.parameter.grad is null).Should().BeEmpty();
        prompt.Embeddings.grad!.abs().max().item<float>().Should().BeGreaterThan(0);
        prompt.KeyValues.grad!.abs().max().item<float>().Should().BeGreaterThan(0);
    }

    private static ImageExample[] Images(int count) => [.. Enumerable.Range(0, count).Select(index => Models.Image(index, index % 2))];

    private static Prompt Virtual(VitModel model, int embedded, int prefixed)
    {
        PromptShape shape = model.PromptShape;
        return new Prompt(torch.randn([embedded, shape.EmbeddingSize]),
            torch.randn([shape.Layers, 2, shape.Heads, prefixed, shape.HeadSize]));
    }
}
