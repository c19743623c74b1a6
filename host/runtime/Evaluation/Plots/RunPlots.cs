using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Events;

namespace Tenon.Host.Evaluation.Plots;

/// <summary>Writes the plots of a run's folder.</summary>
/// <param name="run">The run's folder.</param>
/// <param name="plots">Draws them; null to write none.</param>
/// <param name="events">Receives a warning if this machine cannot draw.</param>
internal sealed class RunPlots(RunFolder run, IPlots? plots, RunEvents events)
{
    private const int MaxClasses = 200;

    /// <summary>Writes <c>loss.png</c> and <c>figures.png</c> from the run's metrics, if there are values to show.</summary>
    /// <param name="objective"><see cref="OptimizationSetup.Objective"/>; null if a step minimizes what validation measures.</param>
    /// <param name="baselines">Losses to compare validation with.</param>
    public void Metrics(string? objective, IReadOnlyList<LossBaseline> baselines)
    {
        if (plots is null)
            return;
        OrderedDictionary<string, List<(long Step, double Value)>> recorded = MetricsLog.ReadAll(run.Metrics);
        IReadOnlyList<(long, double)> Finite(string name) =>
            recorded.TryGetValue(name, out var points) ? [.. points.Where(point => double.IsFinite(point.Value))] : [];

        LossCurves losses = new(run.Name, objective, Finite(FigureNames.Loss), Finite(FigureNames.ValidationLoss), baselines);
        if (losses.Training.Count > 0)
            Picture.TryWrite(run.LossPlot, () => plots.Loss(losses), events.Warn);
        FigureCurve[] figures = [.. recorded.Keys.Where(FigureNames.IsRecorded)
            .Select(name => new FigureCurve(name, Finite(name))).Where(figure => figure.Points.Count > 0)];
        if (figures.Length > 0)
            Picture.TryWrite(run.FiguresPlot, () => plots.Figures(figures), events.Warn);
    }

    /// <summary>Writes the plot of a confusion matrix.</summary>
    /// <param name="file">The file.</param>
    /// <param name="matrix">Counts.</param>
    /// <returns>Whether it was drawn; a warning reports why not.</returns>
    public bool Confusion(string file, ConfusionMatrix matrix)
    {
        if (plots is null)
            return false;
        if (matrix.Labels.Count <= MaxClasses)
            return Picture.TryWrite(file, () => plots.Confusion(run.Name, matrix), events.Warn);
        events.Warn($"{Path.GetFileName(file)} was not drawn, because there are {matrix.Labels.Count} classes and it shows at most " +
            $"{MaxClasses}.");
        return false;
    }

    /// <summary>Writes a strategy's plot.</summary>
    /// <param name="name">Name of the file, without extension.</param>
    /// <param name="figure">What to draw.</param>
    /// <returns>Path of the file; null if it was not drawn.</returns>
    public string? Figure(string name, RunFigure figure)
    {
        string file = run.File(name + ".png");
        return plots is not null && Picture.TryWrite(file, () => plots.Curves(figure), events.Warn) ? file : null;
    }
}
