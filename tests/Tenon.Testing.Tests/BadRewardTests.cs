namespace Tenon.Testing.Tests;

/// <summary>For each promise of a reward one that breaks it, and what the check says.</summary>
public sealed class BadRewardTests
{
    [Fact]
    public void A_good_one_keeps_all_promises() =>
        RewardChecks.All.Should().OnlyContain(check => check.Run(Subject(outcomes => outcomes.Select(o => (double)o.Response.Length)))
            .Outcome == CheckOutcome.Passed);

    [Fact]
    public void One_that_judges_several_kinds_may_refuse_some() => RewardChecks.All.Should().OnlyContain(
        check => check.Run(RewardSubject.Of(new Scripted<Outcome>(o => o.Select(Only)), new ToyOptions(), null))
            .Outcome == CheckOutcome.Passed);

    [Fact]
    public void One_that_refuses_all_kinds() => Breaks(
        RewardChecks.Scores, "ModelException: nothing.",
        RewardSubject.Of(new Scripted<Outcome>(_ => throw new ModelException("nothing")), new ToyOptions()));

    [Fact]
    public void Outcomes_that_the_kit_does_not_have_are_skipped() =>
        RewardChecks.Scores.Run(RewardSubject.Of(new Scripted<Smell>(o => o.Select(_ => 0.0)), new ToyOptions()))
        .Should().Match<Verdict>(v => v.Outcome == CheckOutcome.Skipped && v.Reason.Contains("Smell", StringComparison.Ordinal));

    [Fact]
    public void A_score_too_few() => Breaks(RewardChecks.Scores, "6 outcomes got 5 scores.", Subject(o => o.Skip(1).Select(_ => 1.0)));

    [Fact]
    public void A_score_that_is_no_number() => Breaks(
        RewardChecks.Scores, "The score of TextOutcome*Response = ,*is NaN.",
        Subject(o => o.Select(text => text.Response.Length == 0 ? double.NaN : 1)));

    [Fact]
    public void Scores_by_chance()
    {
        int call = 0;
        Breaks(RewardChecks.Repeats, "*but 2 when scored twice.", Subject(o => { call++; return o.Select(_ => (double)call); }));
    }

    [Fact]
    public void Scores_that_depend_on_the_others() =>
        Breaks(RewardChecks.Order, "*when scored alone.",
            Subject(o => o.Select(text => (double)text.Response.Length / o.Max(other => other.Response.Length + 1))));

    [Fact]
    public void Scores_that_depend_on_the_place() =>
        Breaks(RewardChecks.Order, "*when scored in reverse order.", Subject(o => o.Select((_, place) => (double)place)));

    [Fact]
    public void A_tensor_that_stays_alive() => Breaks(RewardChecks.Frees, "A call leaves 1 tensors alive.*", Subject(o =>
    {
        torch.zeros(2).DetachFromDisposeScope();
        return o.Select(_ => 0.0);
    }));

    private static double Only(Outcome outcome) => outcome is ChoiceOutcome ? 1 : throw new ModelException("Choices only.");

    private static RewardSubject Subject(Func<IReadOnlyList<TextOutcome>, IEnumerable<double>> score) =>
        RewardSubject.Of(new Scripted<TextOutcome>(score), new ToyOptions());

    private static void Breaks(Check<RewardSubject> check, string reason, RewardSubject subject)
    {
        Verdict verdict = check.Run(subject);

        verdict.Outcome.Should().Be(CheckOutcome.Failed);
        verdict.Reason.Should().Match(reason);
    }

    private sealed record Smell : Outcome;

    private sealed class Scripted<TOutcome>(Func<IReadOnlyList<TOutcome>, IEnumerable<double>> score)
        : IRewardFactory<ToyOptions, TOutcome>, IReward<TOutcome>
        where TOutcome : Outcome
    {
        public IReward<TOutcome> Open(ToyOptions options, RewardContext context) => this;

        public IReadOnlyList<double> Score(IReadOnlyList<TOutcome> outcomes) => [.. score(outcomes)];
    }
}
