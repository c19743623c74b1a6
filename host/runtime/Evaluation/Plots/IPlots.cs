using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Evaluation.Plots;

/// <summary>Draws the plots of a run's folder as PNG. The host writes the files; without an implementation, none are written.</summary>
public interface IPlots
{
    /// <summary><c>loss.png</c>.</summary>
    /// <param name="curves">Training loss has at least one point.</param>
    byte[] Loss(LossCurves curves);

    /// <summary><c>figures.png</c>: one panel per metric.</summary>
    /// <param name="figures">At least one.</param>
    byte[] Figures(IReadOnlyList<FigureCurve> figures);

    /// <summary><c>confusion.png</c>.</summary>
    /// <param name="title">Name of the run.</param>
    /// <param name="matrix">Counts.</param>
    byte[] Confusion(string title, ConfusionMatrix matrix);

    /// <summary>A strategy's plot.</summary>
    /// <param name="figure">Non-finite points are omitted.</param>
    byte[] Curves(RunFigure figure);
}

/// <summary>The losses of a run by step; all values are finite.</summary>
/// <param name="Title">Name of the run.</param>
/// <param name="Objective">What a step minimizes (<see cref="OptimizationSetup.Objective"/>); null: what validation measures.</param>
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
