namespace Tenon.Layers;

/// <summary>
/// The timesteps of n denoising steps, highest first, by diffusers' names (Lin et al. 2024, table 2, compares them).
/// </summary>
public static class TimestepSpacing
{
    /// <summary>Every ⌊T/n⌋-th timestep, starting at the offset.</summary>
    /// <param name="steps">n, in 1 … T.</param>
    /// <param name="timesteps">Training timesteps, T.</param>
    /// <param name="offset">Added to each; none may reach T.</param>
    /// <exception cref="ModelException">n is not in 1 … T, or the offset exceeds T − 1.</exception>
    public static int[] Leading(int steps, int timesteps, int offset = 0)
    {
        Check(steps, timesteps);
        int stride = timesteps / steps;
        int highest = (steps - 1) * stride + offset;
        return highest < timesteps
            ? [.. Enumerable.Range(0, steps).Reverse().Select(step => step * stride + offset)]
            : throw new ModelException($"With {steps} steps and an offset of {offset} the first timestep would be {highest}; " +
                $"the model has 0 … {timesteps - 1}. Lower one of them.");
    }

    /// <summary>n timesteps down from T − 1, spaced by T/n and rounded.</summary>
    /// <param name="steps">n, in 1 … T.</param>
    /// <param name="timesteps">Training timesteps, T.</param>
    /// <exception cref="ModelException">n is not in 1 … T.</exception>
    public static int[] Trailing(int steps, int timesteps)
    {
        Check(steps, timesteps);
        double stride = (double)timesteps / steps;
        return [.. Enumerable.Range(0, steps).Select(step => (int)Math.Round(timesteps - step * stride) - 1)];
    }

    /// <summary>n evenly spaced timesteps from T − 1 to 0, both included, each rounded; a single one is 0.</summary>
    /// <param name="steps">n, in 1 … T.</param>
    /// <param name="timesteps">Training timesteps, T.</param>
    /// <exception cref="ModelException">n is not in 1 … T.</exception>
    public static int[] Linspace(int steps, int timesteps)
    {
        Check(steps, timesteps);
        double stride = (timesteps - 1.0) / Math.Max(1, steps - 1);
        return [.. Enumerable.Range(0, steps).Reverse().Select(step => (int)Math.Round(step * stride))];
    }

    private static void Check(int steps, int timesteps)
    {
        if (steps < 1 || steps > timesteps)
            throw new ModelException($"{steps} denoising steps were requested, but the model was trained with {timesteps} timesteps. " +
                $"Use 1 to {timesteps} steps.");
    }
}
