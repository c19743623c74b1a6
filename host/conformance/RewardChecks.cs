using System.Globalization;
using TorchSharp;

namespace Tenon.Conformance;

using RewardCheck = Check<RewardSubject>;

/// <summary>Checks of every reward.</summary>
public static class RewardChecks
{
    private const double Rounding = 1e-5;

    /// <summary>Each outcome has one finite score.</summary>
    public static RewardCheck Scores { get; } = new("one finite score each",
        "Each outcome, including an empty text, has one finite score.", subject => ForEachKind(subject, (reward, outcomes) =>
    {
        IReadOnlyList<double> scores = reward.Score(outcomes);
        if (scores.Count != outcomes.Count)
            return Verdict.Fail($"{outcomes.Count} outcomes got {scores.Count} scores.");
        int wrong = scores.TakeWhile(double.IsFinite).Count();
        return wrong == scores.Count
            ? Verdict.Passed
            : Verdict.Fail(string.Create(CultureInfo.InvariantCulture, $"The score of {outcomes[wrong]} is {scores[wrong]}."));
    }));

    /// <summary>The same outcomes have the same scores.</summary>
    public static RewardCheck Repeats { get; } = new("scores are deterministic", "The same outcomes get the same scores on every call " +
        "and when the reward is reopened.", subject => ForEachKind(subject, (reward, outcomes) =>
    {
        IReadOnlyList<double> once = reward.Score(outcomes), again = reward.Score(outcomes);
        using OpenedReward other = subject.Open();
        return Compare.All(
            Same(again, once, outcomes, 0, "scored twice"),
            Same(other.Score(outcomes), once, outcomes, 0, "scored by the reopened reward"));
    }));

    /// <summary>An outcome's score does not depend on the others.</summary>
    public static RewardCheck Order { get; } = new("batch order is irrelevant", "An outcome's score depends neither on its position nor " +
        "on the other outcomes.", subject => ForEachKind(subject, (reward, outcomes) =>
    {
        IReadOnlyList<double> together = reward.Score(outcomes);
        double[] back = [.. reward.Score([.. outcomes.Reverse()]).Reverse()];
        double[] alone = [.. outcomes.SelectMany(outcome => reward.Score([outcome]))];
        return Compare.All(
            Same(back, together, outcomes, Rounding, "scored in reverse order"),
            Same(alone, together, outcomes, Rounding, "scored alone"));
    }));

    /// <summary>Scoring does not leak tensors.</summary>
    public static RewardCheck Frees { get; } =
        new("no tensor leaks", "No tensor stays alive after a call, and none after the reward is disposed.", subject =>
    {
        IReadOnlyList<IReadOnlyList<Outcome>> kinds = subject.Outcomes();
        long before = Alive();
        long first, second;
        using (OpenedReward reward = subject.Open())
        {
            first = AliveAfter(reward);
            second = AliveAfter(reward);
        }

        long left = Alive() - before;
        return Verdict.Of([
            .. second > first ? [$"A call leaves {second - first} tensors alive. Score in a dispose scope."] : Array.Empty<string>(),
            .. left > 0 ? [$"{left} tensors are still alive after the reward was disposed. Implement IDisposable and dispose its tensors."]
                : Array.Empty<string>()]);

        long AliveAfter(OpenedReward reward)
        {
            foreach (IReadOnlyList<Outcome> kind in kinds)
                reward.Score(kind);
            return Alive();
        }
    });

    /// <summary>All reward checks.</summary>
    public static IReadOnlyList<RewardCheck> All { get; } = [Scores, Repeats, Order, Frees];

    private static long Alive() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static Verdict ForEachKind(RewardSubject subject, Func<OpenedReward, IReadOnlyList<Outcome>, Verdict> check)
    {
        using OpenedReward reward = subject.Open();
        return Compare.All(subject.Outcomes().Select(outcomes => check(reward, outcomes)));
    }

    private static Verdict Same(IReadOnlyList<double> found, IReadOnlyList<double> wanted, IReadOnlyList<Outcome> outcomes,
        double tolerance, string how)
    {
        if (found.Count != wanted.Count)
            return Verdict.Fail($"There are {wanted.Count} scores, but {found.Count} when {how}.");
        int same = found.Zip(wanted).TakeWhile(pair => Math.Abs(pair.First - pair.Second) <= tolerance * Math.Max(1, Math.Abs(pair.Second)))
            .Count();
        return same == found.Count
            ? Verdict.Passed
            : Verdict.Fail(string.Create(CultureInfo.InvariantCulture,
                $"The score of {outcomes[same]} is {wanted[same]:g6}, but {found[same]:g6} when {how}."));
    }
}
