using Tenon.Host.Recipes;

namespace Tenon.Host.Training;

/// <summary>The learning rate of each step: linear warm-up, then the recipe's schedule down to its final rate.</summary>
/// <param name="options">The recipe's section.</param>
internal sealed class LearningRate(TrainingOptions options)
{
    /// <summary>Returns the rate of a step.</summary>
    /// <param name="step">Counted from 0, in [0, <see cref="TrainingOptions.Steps"/>).</param>
    public double At(long step)
    {
        // The denominator is larger by one, so that the rate is not 0 in the first step and the peak is not reached twice.
        if (step < options.WarmupSteps)
            return options.LearningRate * (step + 1) / (options.WarmupSteps + 1);

        double final = options.LearningRate * options.FinalLearningRateShare;
        long length = options.Steps - options.WarmupSteps;
        double done = length <= 0 ? 1 : Math.Min(1, (step - options.WarmupSteps) / (double)length);
        double left = options.Schedule switch
        {
            LearningRateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * done)),
            LearningRateSchedule.Linear => 1 - done,
            LearningRateSchedule.Constant => 1,
            _ => throw new InvalidOperationException($"Unknown learning-rate schedule {options.Schedule}. Allowed: " +
                $"{string.Join(", ", Enum.GetNames<LearningRateSchedule>())}."),
        };
        return final + left * (options.LearningRate - final);
    }
}
