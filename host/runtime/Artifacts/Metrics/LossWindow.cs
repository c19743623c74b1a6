namespace Tenon.Host.Artifacts.Metrics;

/// <summary>
/// Mean of the losses since the last line of metrics. Saved in checkpoints, so that the lines do not depend on interruptions.
/// </summary>
/// <param name="Sum">Sum of the losses.</param>
/// <param name="Count">Number of losses.</param>
internal sealed record LossWindow(double Sum, long Count)
{
    /// <summary>A window without losses.</summary>
    public static LossWindow Empty { get; } = new(0, 0);

    /// <summary>The mean; NaN when empty.</summary>
    public double Mean => Sum / Count;

    /// <summary>Adds a loss.</summary>
    /// <param name="loss">A step's loss.</param>
    public LossWindow With(double loss) => new(Sum + loss, Count + 1);
}
