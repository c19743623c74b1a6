using Tenon.Rewards;
using Tenon.Rewards.External;
using Tenon.Testing;

namespace Tenon.Rlhf.Tests;

[Collection("rlhf runs")]
public sealed class RewardTrainingConformanceTests : StrategyTests<RewardOptions, IRewardModel>
{
    protected override IStrategy<RewardOptions, IRewardModel> Strategy => new RewardTraining();
}

[Collection("rlhf runs")]
public sealed class DpoConformanceTests : StrategyTests<DpoOptions, IPolicy>
{
    protected override IStrategy<DpoOptions, IPolicy> Strategy => new Dpo();
}

[Collection("rlhf runs")]
public sealed class PpoConformanceTests : StrategyTests<PpoOptions, IPolicy>
{
    protected override IStrategy<PpoOptions, IPolicy> Strategy => new Ppo();
}

[Collection("rlhf runs")]
public sealed class GrpoConformanceTests : StrategyTests<GrpoOptions, IPolicy>
{
    protected override IStrategy<GrpoOptions, IPolicy> Strategy => new Grpo();
}

[Collection("rlhf runs")]
public sealed class LexiconConformanceTests : RewardTests<LexiconOptions, TextOutcome>
{
    protected override IRewardFactory<LexiconOptions, TextOutcome> Reward => new LexiconRewards();
}

[Collection("rlhf runs")]
public sealed class LengthConformanceTests : RewardTests<LengthOptions, TextOutcome>
{
    protected override IRewardFactory<LengthOptions, TextOutcome> Reward => new LengthRewards();
}

[Collection("rlhf runs")]
public sealed class RegexConformanceTests : RewardTests<RegexOptions, TextOutcome>
{
    protected override IRewardFactory<RegexOptions, TextOutcome> Reward => new RegexRewards();
}

[Collection("rlhf runs")]
public sealed class ExactAnswerConformanceTests : RewardTests<ExactAnswerOptions, TextOutcome>
{
    protected override IRewardFactory<ExactAnswerOptions, TextOutcome> Reward => new ExactAnswerRewards();
}

[Collection("rlhf runs")]
public sealed class ExternalConformanceTests : RewardTests<ExternalOptions, TextOutcome>
{
    protected override IRewardFactory<ExternalOptions, TextOutcome> Reward => new ExternalRewards();
}

[Collection("rlhf runs")]
public sealed class AccuracyConformanceTests : RewardTests<AccuracyOptions, ChoiceOutcome>
{
    protected override IRewardFactory<AccuracyOptions, ChoiceOutcome> Reward => new AccuracyRewards();
}

[Collection("rlhf runs")]
public sealed class BrightnessConformanceTests : RewardTests<BrightnessOptions, ImageOutcome>
{
    protected override IRewardFactory<BrightnessOptions, ImageOutcome> Reward => new BrightnessRewards();
}

[Collection("rlhf runs")]
public sealed class RewardModelConformanceTests : RewardTests<RewardModelOptions, TextOutcome>
{
    protected override IRewardFactory<RewardModelOptions, TextOutcome> Reward => new RewardModelRewards();
}

[Collection("rlhf runs")]
public sealed class ClassifierConformanceTests : RewardTests<ClassifierOptions, Outcome>
{
    protected override IRewardFactory<ClassifierOptions, Outcome> Reward => new ClassifierRewards();
}
