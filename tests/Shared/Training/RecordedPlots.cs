using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Tests;

/// <summary>Keeps what it was asked to draw; its pictures are one byte.</summary>
internal sealed class RecordedPlots : IPlots
{
    public List<LossCurves> Losses { get; } = [];

    public List<FigureCurve> Figures { get; } = [];

    public byte[] Loss(LossCurves curves)
    {
        Losses.Add(curves);
        return [1];
    }

    byte[] IPlots.Figures(IReadOnlyList<FigureCurve> figures)
    {
        Figures.AddRange(figures);
        return [2];
    }

    public byte[] Confusion(string title, ConfusionMatrix matrix) => [3];

    public byte[] Curves(RunFigure figure) => [4];
}
