using ScottPlot;
using Tenon.Cli.Plots;
using PlotStyle = Tenon.Cli.Plots.PlotStyle;

namespace Tenon.AttentionStudy;

/// <summary>The results of the study as one image with four panels.</summary>
internal static class StudyPlot
{
    private const int PanelWidth = 900;
    private const int PanelHeight = 640;
    private const double BarWidth = 0.2;

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="sequences">The results of copying and reversing.</param>
    /// <param name="recall">The results of recalling a token.</param>
    /// <param name="speed">The times.</param>
    public static byte[] Png(SequenceTasks sequences, Recall recall, Speed speed) => PanelGrid.Png<Action<Plot>>(
        [
            plot => Bars(plot, sequences),
            plot => CurvePlot.Fill(plot, new RunFigure(
                "Recall the first token", "distance in tokens", "accuracy on held-out sequences, %", recall.Curves)
            { LogarithmicX = true }),
            .. Speed.Experiments.Select<(string Experiment, string Title), Action<Plot>>(each => plot => CurvePlot.Fill(
                plot,
                new RunFigure(
                    each.Experiment == "training" ? "Training" : "Generation", "length of the text in tokens", each.Title,
                    speed.Curves(each.Experiment))
                { LogarithmicX = true },
                logarithmicY: true)),
        ],
        columns: 2, PanelWidth, PanelHeight, (plot, draw) => draw(plot));

    // A group of bars for each task and length, with a bar for each model.
    private static void Bars(Plot plot, SequenceTasks sequences)
    {
        foreach ((int index, StudyModel model) in StudyModel.OfSequences.Index())
        {
            Bar[] bars =
            [
                .. from entry in SequenceTasks.Groups.Index()
                   let share = sequences.Of(entry.Item.Task, model, entry.Item.Longest)
                   where share is not null
                   select new Bar
                   {
                       Position = entry.Index + (index - (StudyModel.OfSequences.Count - 1) / 2.0) * BarWidth,
                       Value = 100 * share.Value.Mean,
                       Error = 100 * share.Value.Deviation,
                       FillColor = CurvePlot.ColorOf(index),
                       LineWidth = 0,
                       Size = 0.9 * BarWidth,
                   },
            ];
            plot.Add.Bars(bars).LegendText = model.Title;
        }

        PlotStyle.Apply(plot, "Copy and reverse sequences", "task and number of letters", "exact responses, %");
        plot.Axes.Bottom.SetTicks(
            [.. SequenceTasks.Groups.Select((_, index) => (double)index)], [.. SequenceTasks.Groups.Select(group => group.Title)]);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, 105);
    }
}
