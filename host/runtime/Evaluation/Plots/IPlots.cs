using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Evaluation.Plots;

/// <summary>
/// Draws the plots of a run's folder as PNG. The host writes the files; without an implementation, it writes none.
/// </summary>
public interface IPlots
{
    /// <summary>Draws <c>loss.png</c>.</summary>
    /// <param name="curves">The losses; training loss has at least one point.</param>
    byte[] Loss(LossCurves curves);

    /// <summary>Draws <c>figures.png</c>: one panel per metric.</summary>
    /// <param name="figures">At least one.</param>
    byte[] Figures(IReadOnlyList<FigureCurve> figures);

    /// <summary>Draws <c>confusion.png</c>.</summary>
    /// <param name="title">Name of the run.</param>
    /// <param name="matrix">Counts.</param>
    byte[] Confusion(string title, ConfusionMatrix matrix);

    /// <summary>Draws a strategy's plot.</summary>
    /// <param name="figure">The plot; non-finite points are omitted.</param>
    byte[] Curves(RunFigure figure);
}

/// <summary>The losses of a run by step; all values are finite.</summary>
/// <param name="Title">Name of the run.</param>
/// <param name="Objective"><see cref="OptimizationSetup.Objective"/>; null if a step minimizes what validation measures.</param>
/// <param name="Training">Training loss.</param>
/// <param name="Validation">Validation loss.</param>
/// <param name="Baselines">Losses to compare validation with.</param>
public sealed record LossCurves(
    string Title,
    string? Objective,
    IReadOnlyList<(long Step, double Value)> Training,
    IReadOnlyList<(long Step, double Value)> Validation,
    IReadOnlyList<LossBaseline> Baselines);

/// <summary>Values that a strategy or a reward recorded under one name; at least one point, all finite.</summary>
/// <param name="Name">Its name in the metrics.</param>
/// <param name="Points">Values by step.</param>
public sealed record FigureCurve(string Name, IReadOnlyList<(long Step, double Value)> Points);
