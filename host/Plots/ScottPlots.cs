using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Cli.Plots;

/// <summary>Draws with ScottPlot.</summary>
internal sealed class ScottPlots : IPlots
{
    /// <inheritdoc/>
    public byte[] Loss(LossCurves curves) => LossPlot.Png(curves);

    /// <inheritdoc/>
    public byte[] Figures(IReadOnlyList<FigureCurve> figures) => FiguresPlot.Png(figures);

    /// <inheritdoc/>
    public byte[] Confusion(string title, ConfusionMatrix matrix) => ConfusionPlot.Png(title, matrix);

    /// <inheritdoc/>
    public byte[] Curves(RunFigure figure) => CurvePlot.Png(figure);
}
