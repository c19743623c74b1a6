namespace Tenon.Rewards;

/// <summary>No options.</summary>
public sealed record BrightnessOptions;

/// <summary>Scores images by their pixels, without a second model: a simple reward for training a denoiser (Black et al. 2023).</summary>
[Reward("brightness", "The mean of an image's pixels, from 0 (black) to 1 (white)")]
public sealed class BrightnessRewards : IRewardFactory<BrightnessOptions, ImageOutcome>
{
    /// <inheritdoc/>
    public IReward<ImageOutcome> Open(BrightnessOptions options, RewardContext context) => new BrightnessReward();

    private sealed class BrightnessReward : IReward<ImageOutcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<ImageOutcome> outcomes) =>
            [.. outcomes.Select(outcome => outcome.Image.Data.ToArray().Average(value => (double)value) / byte.MaxValue)];
    }
}
