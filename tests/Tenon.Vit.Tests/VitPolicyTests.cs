namespace Tenon.Vit.Tests;

public class VitPolicyTests
{
    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(0.5, 2)]
    public void Recomputed_log_probabilities_equal_sampled_ones(double temperature, int topK)
    {
        using VitModel model = Models.Tiny();
        using Batch images = Images(model);
        PolicyChecks.RecomputesWhatWasSampled(model, images, new SamplingOptions { Temperature = temperature, TopK = topK }, 1e-5);
    }

    [Fact]
    public void A_rollout_is_reproducible_and_leaves_no_tensors()
    {
        using VitModel model = Models.Tiny(options => options with { Dropout = 0.5 });
        using Batch images = Images(model);
        PolicyChecks.Repeats(model, images, new SamplingOptions());
        PolicyChecks.LeavesNothing(model, images, new SamplingOptions());
        PolicyChecks.DoesNotBeginAfterAStop(model, images, new SamplingOptions());
    }

    [Fact]
    public void Outcomes_are_the_chosen_and_the_correct_classes()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Tiny();
        using Batch images = Images(model);
        using Batch unknown = model.Collate([Models.Image(1, label: null)], Models.Context(training: false));
        using Rollout rollout = model.Sample(images, new SamplingOptions(), new SeededRandom(5));
        using Rollout greedy = model.Sample(unknown, new SamplingOptions { Temperature = 0 }, new SeededRandom(5));

        long[] best = [.. model.ClassLogits(unknown).argmax(1).data<long>()];
        IReadOnlyList<ChoiceOutcome> outcomes = model.Outcomes(rollout, tokenizer: null);
        outcomes.Should().HaveCount(8).And.OnlyContain(outcome => outcome.ChoiceName == model.Labels[outcome.Choice]);
        outcomes.Select(outcome => outcome.Label).Should().Equal(0, 1, 0, 1, 0, 1, 0, 1);
        model.Outcomes(greedy, tokenizer: null).Should().Equal(new ChoiceOutcome((int)best[0], model.Labels[(int)best[0]], Label: null));
        greedy.LogProbabilities.item<float>().Should().Be(0);
    }

    [Fact]
    public void Meaningless_options_are_rejected()
    {
        using VitModel model = Models.Tiny();
        using Batch images = Images(model);
        Action penalty = () => model.Sample(images, new SamplingOptions { RepetitionPenalty = 2 }, new SeededRandom(1));
        penalty.Should().Throw<ModelException>().WithMessage("'repetitionPenalty' is 2*");
    }

    private static Batch Images(VitModel model) =>
        model.Collate([.. Enumerable.Range(0, 8).Select(i => Models.Image(i, label: i % 2))], Models.Context());
}
