using Tenon.FineTune;
using Tenon.Gpt;

namespace Tenon.Adapters.Tests;

public class FineTuneTests
{
    [Fact]
    public void Frozen_parameters_stay_and_the_others_are_trained()
    {
        using var run = new AdapterRun();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, float[]> before = Models.Values(model);

        run.Train(new FineTune.FineTune(), new FineTuneOptions { Freeze = ["wte", "wpe", "h.0"] }, (IModel)model).Should().NotBeNull();

        foreach ((string name, float[] values) in Models.Values(model))
        {
            bool frozen = name.StartsWith("transformer.w", StringComparison.Ordinal)
                || name.StartsWith("transformer.h.0.", StringComparison.Ordinal);
            values.SequenceEqual(before[name]).Should().Be(frozen, name);
        }

        File.Exists(run.Folder.File("model.safetensors")).Should().BeTrue();
    }

    [Fact]
    public void Only_the_named_parameters_are_trained()
    {
        using GptModel model = Models.GoldenGpt();
        TrainedPart.Select(new FineTuneOptions { Train = ["ln_*"], Freeze = ["transformer.ln_f"] }, model);
        model.named_parameters().Where(p => p.parameter.requires_grad).Select(p => p.name).Should().HaveCount(8)
            .And.OnlyContain(name => name.Contains(".ln_1.", StringComparison.Ordinal)
                || name.Contains(".ln_2.", StringComparison.Ordinal));
    }

    [Fact]
    public void Freezing_everything_is_rejected()
    {
        using GptModel model = Models.GoldenGpt();
        TrainedPart.Validate(new FineTuneOptions { Freeze = ["transformer"] }, model).Should().ContainSingle()
            .Which.ErrorMessage.Should()
                .Be("Nothing is left to train: 'train' is empty and 'freeze' is 'transformer'. Freeze fewer parameters.");
        TrainedPart.Validate(new FineTuneOptions { Freeze = ["transformer.wte"] }, model).Should().BeEmpty();
    }

    [Fact]
    public void A_decay_needs_one_stack_of_layers()
    {
        using GptModel model = Models.GoldenGpt();
        LayerDecay.Validate(model, 0.5).Should().BeEmpty();
        using Conformance.ToyModel toy = new();
        LayerDecay.Validate(toy, 0.5).Should().ContainSingle().Which.ErrorMessage.Should()
            .StartWith("is 0.5, but this model has no numbered layers");
        LayerDecay.Validate(toy, 1).Should().BeEmpty();
    }

    [Fact]
    public void Learning_rates_fall_from_layer_to_layer()
    {
        using GptModel gpt = Models.GoldenGpt();
        Func<string, double> scale = LayerDecay.Of(gpt, 0.5);
        scale("transformer.ln_f.weight").Should().Be(1);
        scale("transformer.h.1.mlp.c_fc.weight").Should().Be(0.5);
        scale("transformer.h.0.mlp.c_fc.weight").Should().Be(0.25);
        scale("transformer.wte.weight").Should().Be(0.125);

        using var bert = Models.GoldenBert();
        scale = LayerDecay.Of(bert, 0.5);
        scale("classifier.weight").Should().Be(1);
        scale("bert.pooler.dense.weight").Should().Be(1);
        scale("bert.encoder.layer.1.output.dense.weight").Should().Be(0.5);
        scale("bert.embeddings.LayerNorm.weight").Should().Be(0.125);
    }
}
