namespace Tenon.Diffusion;

/// <summary>Computes the noise levels that the options describe.</summary>
internal static class DiffusionSchedule
{
    /// <summary>The levels of each training timestep.</summary>
    /// <exception cref="ModelException">The schedule does not exist.</exception>
    public static NoiseLevels Levels(DiffusionOptions options) => new(BetaSchedules.AlphasCumulative(Betas(options)));

    /// <summary>β of each training timestep.</summary>
    /// <exception cref="ModelException">The schedule does not exist.</exception>
    public static float[] Betas(DiffusionOptions options) => options.BetaSchedule switch
    {
        BetaSchedule.Linear => BetaSchedules.Linear(options.BetaStart, options.BetaEnd, options.TrainTimesteps),
        BetaSchedule.SquaredcosCapV2 => BetaSchedules.SquaredCosine(options.TrainTimesteps),
        _ => throw new ModelException(
            $"'betaSchedule' is '{options.BetaSchedule}'. Allowed: {string.Join(", ", Enum.GetNames<BetaSchedule>())}."),
    };
}
