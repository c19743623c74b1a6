using Tenon.Host.Recipes;
using Tenon.Host.Training;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class TrainingStepTests
{
    private static readonly TrainingOptions Options = new() { Steps = 10, LearningRate = 0.01, Clip = 1, Ema = 0.9 };

    [Fact]
    public void Accumulated_micro_batches_equal_the_large_batch()
    {
        using var large = new TinyClassifier(dropoutShare: 0);
        using var small = new TinyClassifier(dropoutShare: 0);
        using TrainingStep once = Step(large), often = Step(small);
        for (int i = 0; i < 5; i++)
        {
            using Batch whole = TinyBatches.Rows(i * 24, 24);
            // Unequal parts, with unequal shares of rows without a target.
            Batch[] parts = [TinyBatches.Rows(i * 24, 4), TinyBatches.Rows(i * 24 + 4, 13), TinyBatches.Rows(i * 24 + 17, 7)];
            StepResult expected = once.Run(i, [whole], large.Loss);
            StepResult actual = often.Run(i, parts, small.Loss);
            actual.Loss.Should().BeApproximately(expected.Loss, 1e-6);
            actual.GradientNorm.Should().BeApproximately(expected.GradientNorm, 1e-6);
            foreach (Batch part in parts)
                part.Dispose();
        }

        foreach ((float expected, float actual) in large.Values().Zip(small.Values()))
            actual.Should().BeApproximately(expected, 1e-5f);
    }

    [Fact]
    public void A_micro_batch_without_targets_changes_nothing()
    {
        using var alone = new TinyClassifier(dropoutShare: 0);
        using var beside = new TinyClassifier(dropoutShare: 0);
        using TrainingStep first = Step(alone), second = Step(beside);
        using Batch batch = TinyBatches.Rows(0, 4), empty = TinyBatches.Rows(4, 1);
        empty.Targets.Should().Be(0);
        second.Run(0, [batch, empty], beside.Loss).Should().Be(first.Run(0, [batch], alone.Loss));
        beside.Values().Should().Equal(alone.Values());

        Action nothing = () => first.Run(1, [empty], alone.Loss);
        nothing.Should().Throw<DataException>().WithMessage("Step 2: none of its 1 examples has a target*");
    }

    [Theory]
    [InlineData("loss")]
    [InlineData("gradient")]
    public void A_step_that_is_not_finite_leaves_everything_as_it_was(string what)
    {
        using var model = new TinyClassifier();
        using TrainingStep step = Step(model);
        using Batch batch = TinyBatches.Rows(0, 8);
        step.Run(0, [batch], model.Loss);
        float[] before = model.Values();
        var state = step.Optimizer.State.ToDictionary(s => s.Key, s => TinyClassifier.Values(s.Value));
        var averages = step.Ema!.Averages.ToDictionary(s => s.Key, s => TinyClassifier.Values(s.Value));

        Action fail = () => step.Run(1, [batch], b => what == "loss" ? model.Loss(b) * float.NaN : WithoutGradient(model.Loss(b)));

        fail.Should().Throw<NonFiniteLossException>().WithMessage($"Step 2: the *{what}*").Which.Step.Should().Be(2);
        model.Values().Should().Equal(before);
        foreach ((string name, Tensor tensor) in step.Optimizer.State)
            TinyClassifier.Values(tensor).Should().Equal(state[name]);
        foreach ((string name, Tensor tensor) in step.Ema.Averages)
            TinyClassifier.Values(tensor).Should().Equal(averages[name]);
        HasGradients(model).Should().BeFalse();
    }

    [Fact]
    public void Dropout_depends_on_seed_and_step_alone()
    {
        using Batch batch = TinyBatches.Rows(0, 8);
        double LossOfStep(int number)
        {
            using var model = new TinyClassifier();
            using TrainingStep step = Step(model);
            return step.Run(number, [batch], model.Loss).Loss;
        }

        double first = LossOfStep(4);
        rand(100).Dispose();
        LossOfStep(4).Should().Be(first);
        LossOfStep(5).Should().NotBe(first);
    }

    [Fact]
    public void Averages_follow_the_parameters_and_are_swapped_in_and_out()
    {
        using var model = new TinyClassifier();
        using TrainingStep step = Step(model);
        using Batch batch = TinyBatches.Rows(0, 8);
        float start = model.Values()[0];
        step.Run(0, [batch], model.Loss);
        float[] trained = model.Values();
        using (step.Ema!.SwapIn())
            model.Values()[0].Should().BeApproximately(0.1f * start + 0.9f * trained[0], 1e-6f);
        model.Values().Should().Equal(trained);
    }

    [Fact]
    public void Parameters_that_are_not_trained_gather_no_gradients()
    {
        using var model = new TinyClassifier();
        var chosen = model.named_parameters().Where(p => p.name.StartsWith("output", StringComparison.Ordinal))
            .ToDictionary(p => p.name, p => p.parameter);
        using TrainingStep step = Step(model, setup: new OptimizationSetup { Parameters = chosen });
        using Batch batch = TinyBatches.Rows(0, 8);
        float[] frozen = TinyClassifier.Values(model.state_dict()["input.weight"]);
        step.Run(0, [batch], model.Loss);
        TinyClassifier.Values(model.state_dict()["input.weight"]).Should().Equal(frozen);
        HasGradients(model).Should().BeFalse();
        step.Optimizer.State.Keys.Should().OnlyContain(name => name.StartsWith("output."));
    }

    [Fact]
    public void Half_precision_halves_the_scale_on_overflow_and_leaves_the_update_out()
    {
        using var model = new TinyClassifier();
        using TrainingStep step = Step(model, Precision.Fp16);
        using Batch batch = TinyBatches.Rows(0, 8);
        float[] before = model.Values();
        double.IsFinite(step.Run(0, [batch], b => WithoutGradient(model.Loss(b))).GradientNorm).Should().BeFalse();
        model.Values().Should().Equal(before);
        step.Scale!.Factor.Should().Be(1 << 15);

        using var plain = new TinyClassifier();
        using TrainingStep reference = Step(plain);
        StepResult expected = reference.Run(1, [batch], plain.Loss);
        step.Run(1, [batch], model.Loss).GradientNorm.Should().BeApproximately(expected.GradientNorm, 1e-5);
    }

    [Fact]
    public void Nothing_to_train_is_refused()
    {
        using var model = new TinyClassifier();
        foreach (var parameter in model.parameters())
            parameter.requires_grad = false;
        Action make = () => _ = new TrainedParameters(model, new OptimizationSetup());
        make.Should().Throw<InvalidOperationException>().WithMessage("Nothing to train*");
    }

    private static TrainingStep Step(TinyClassifier model, Precision precision = Precision.Fp32, OptimizationSetup? setup = null) =>
        new(new TrainedParameters(model, setup ?? new OptimizationSetup()), Options, precision, new SeededRandom(1));

    // The square root's derivative at 0 is infinite, and infinity times 0 is no number; the value itself is finite.
    private static Tensor WithoutGradient(Tensor loss) => loss + (loss * 0).sqrt();

    private static bool HasGradients(TinyClassifier model) => model.parameters().Any(parameter =>
    {
        using Tensor? gradient = parameter.grad;
        return gradient is not null;
    });
}
