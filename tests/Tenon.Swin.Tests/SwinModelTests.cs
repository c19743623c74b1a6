namespace Tenon.Swin.Tests;

public class SwinModelTests
{
    [Fact]
    public void Learns_classes()
    {
        using SwinModel model = Models.Tiny(options => options with { InitializerRange = 0.05, DropPathRate = 0.1 });
        TestImages.ShouldBeLearnedBy(model, TestImages.Many(16), steps: 60);
    }

    [Fact]
    public void Checkpointed_layers_have_the_same_gradients() => CheckpointedGradients.ShouldBeThePlainOnes(
        checkpointing => Models.Tiny(options => options with
        {
            Dropout = 0.2,
            AttentionDropout = 0.2,
            DropPathRate = 0.3,
            ActivationCheckpointing = checkpointing,
        }),
        model => model.Collate(TestImages.Many(6), TestImages.Context()));

    [Theory]
    [InlineData(8, 8, 16)]
    [InlineData(11, 6, 18)] // 12 × 8 in windows, of which 6 × 3 are merged
    [InlineData(3, 3, 4)]
    public void Images_of_other_sizes_are_accepted(int height, int width, int positions)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SwinModel model = Models.Tiny();
        model.eval();
        var inputs = new Dictionary<string, Tensor> { ["pixel_values"] = torch.randn([2, 1, height, width]) };

        model.Outputs(inputs, new HashSet<string> { "last_hidden_state" })["last_hidden_state"].shape.Should().Equal(2, positions, 32);
    }

    [Fact]
    public void Stochastic_depth_skips_whole_branches_only_in_training()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor branch = torch.ones([1000, 2, 3]);
        torch.manual_seed(1);

        Tensor dropped = Layers.StochasticDepth.Apply(branch, 0.25, training: true);

        ((object)Layers.StochasticDepth.Apply(branch, 0.25, training: false)).Should().BeSameAs(branch);
        float[] perExample = [.. dropped.mean([1L, 2L]).data<float>()];
        perExample.Should().OnlyContain(value => value == 0 || Math.Abs(value - 4 / 3f) < 1e-6);
        perExample.Average().Should().BeApproximately(1, 0.05f);
        Enumerable.Range(0, 4).Select(layer => Layers.StochasticDepth.Rate(0.3, layer, 4)).Should().BeEquivalentTo([0, 0.1, 0.2, 0.3],
            o => o.Using<double>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-12)).WhenTypeIs<double>());
    }

    [Fact]
    public void No_tensor_stays_alive_after_a_pass()
    {
        using SwinModel model = Models.Tiny(options => options with { DropPathRate = 0.1 });
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
}
