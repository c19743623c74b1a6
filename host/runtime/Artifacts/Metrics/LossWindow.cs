namespace Tenon.Host.Artifacts.Metrics;

/// <summary>The mean of the losses since the last line of metrics. Part of a checkpoint, so that lines do not depend on interruptions.</summary>
/// <param name="Sum">Of the losses.</param>
/// <param name="Count">How many there are.</param>
internal sealed record LossWindow(double Sum, long Count)
{
    /// <summary>No losses.</summary>
    public static LossWindow Empty { get; } = new(0, 0);

    /// <summary>Their mean; not a number when there are none.</summary>
    public double Mean => Sum / Count;

    /// <summary>With one more.</summary>
    /// <param name="loss">A step's loss.</param>
    public LossWindow With(double loss) => new(Sum + loss, Count + 1);
}
