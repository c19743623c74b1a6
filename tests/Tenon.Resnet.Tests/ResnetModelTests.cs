namespace Tenon.Resnet.Tests;

public class ResnetModelTests
{
    [Theory]
    [InlineData(ResidualLayer.Basic)]
    [InlineData(ResidualLayer.Bottleneck)]
    public void Learns_classes(ResidualLayer type)
    {
        using ResnetModel model = Models.Tiny(options => options with { LayerType = type });
        TestImages.ShouldBeLearnedBy(model, TestImages.Many(16), steps: 60);
    }

    [Fact]
    public void Evaluation_leaves_the_running_statistics()
    {
        using ResnetModel model = Models.Tiny();
        using Batch batch = model.Collate(TestImages.Many(4), TestImages.Context());
        float[] before = Statistics(model);

        model.eval();
        model.ClassLogits(batch).Dispose();
        Statistics(model).Should().Equal(before);
        model.train();
        model.ClassLogits(batch).Dispose();

        Statistics(model).Should().NotEqual(before);
    }

    [Fact]
    public void A_norm_that_is_not_trained_keeps_its_statistics()
    {
        using ResnetModel model = Models.Tiny();
        using Batch batch = model.Collate(TestImages.Many(4), TestImages.Context());
        float[] before = Statistics(model);
        foreach ((string name, Parameter parameter) in model.named_parameters())
            parameter.requires_grad = name.StartsWith("classifier.", StringComparison.Ordinal);
        model.train();

        model.ClassLogits(batch).Dispose();

        Statistics(model).Should().Equal(before);
    }

    [Fact]
    public void Stochastic_depth_skips_convolutions_only_in_training()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResnetModel plain = Models.Tiny(), dropping = Models.Tiny(options => options with { DropPathRate = 0.9 });
        using Batch batch = plain.Collate(TestImages.Many(8), TestImages.Context());

        Difference(training: false).Should().Be(0);
        Difference(training: true).Should().BeGreaterThan(1e-3);

        double Difference(bool training)
        {
            plain.train(training);
            dropping.train(training);
            torch.manual_seed(1);
            return Goldens.Difference(plain.ClassLogits(batch), dropping.ClassLogits(batch));
        }
    }

    [Fact]
    public void A_single_value_in_a_channel_is_rejected_in_training()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResnetModel model = Models.Tiny();
        using Batch one = model.Collate(TestImages.Many(1), TestImages.Context());
        model.train();
        Action train = () => model.Loss(one);

        train.Should().Throw<ModelException>().WithMessage("*one value in each channel*at least 2 images*'frozenNorms'*");
        model.eval();
        model.Loss(one).item<float>().Should().BePositive();
    }

    [Fact]
    public void Images_of_other_sizes_are_accepted()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResnetModel model = Models.Tiny();
        model.eval();
        var inputs = new Dictionary<string, Tensor> { ["pixel_values"] = torch.randn([2, 1, 23, 40]) };

        model.Outputs(inputs, new HashSet<string> { "last_hidden_state" })["last_hidden_state"].shape.Should().Equal(2, 32, 3, 5);
        inputs["pixel_values"] = torch.randn([2, 3, 8, 8]);
        Action colors = () => model.Outputs(inputs, new HashSet<string>());
        colors.Should().Throw<ModelException>().WithMessage("*'pixel_values' has the shape ?2, 3, 8, 8?*?B, 1, height, width?*");
    }

    [Fact]
    public void No_tensor_stays_alive_after_a_pass()
    {
        using ResnetModel model = Models.Tiny();
        model.train();
        LiveTensors.LeftBy(Use);

        LiveTensors.LeftBy(Use).Should().Be(0);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = model.Collate(TestImages.Many(3), TestImages.Context());
            model.Loss(batch).backward();
            foreach (Parameter parameter in model.parameters())
                parameter.grad = null;
            model.Embed(batch);
            model.Outputs(batch.Names.ToDictionary(name => name, name => batch[name]),
                new HashSet<string> { "logits", "loss", "hidden_states.2", "pooler_output" });
        }
    }

    private static float[] Statistics(ResnetModel model)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. model.named_buffers().SelectMany(pair => pair.buffer.to(torch.ScalarType.Float32).reshape(-1).data<float>())];
    }
}
